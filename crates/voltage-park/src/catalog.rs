//! What the cloud offers, as tables for people: presets, bare-metal locations, stock, prices.
