//! Enums whose variants are texts of requests and answers.

/// One of some texts.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    /// Each with its text.
    const ALL: &'static [(&'static str, Self)];

    /// The text as it stands in requests and answers.
    fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(text, _)| text)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(it, _)| *it == text).map(|(_, choice)| *choice)
    }
}

/// An enum of some texts, with its schema.
macro_rules! one_of {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$about:meta])* $variant:ident = $text:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[schemars(inline)]
        $vis enum $name { $($(#[$about])* #[serde(rename = $text)] $variant,)+ }

        impl $crate::choices::Choice for $name {
            const ALL: &[(&str, Self)] = &[$(($text, $name::$variant)),+];
        }
    };
}

pub(crate) use one_of;
