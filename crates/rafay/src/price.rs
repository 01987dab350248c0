//! What something made from a profile costs an hour by its rate card (api §3.6): so much for the whole of
//! it, so much more for what it uses of each dimension. What cannot be reckoned is said, and is no price
//!

use crate::profile::Profile;
use crate::rates::{Hourly, Rate, as_text};
use crate::words::Words;
use plumb_model::text::escape;
use plumb_model::{Body, Money};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The dimension that stands for the whole of it, once.
const INSTANCE: &str = "instance";

/// What it costs an hour to have what is made from a profile, with these variables.
///
/// # Errors
/// Why that is not known, about "its profile".
pub(crate) fn hourly(profile: &Profile, body: &Body) -> Hourly {
    if profile.rates.is_empty() {
        return Err(format!("its profile {} has no rate card", escape(&profile.name)));
    }
    let used = Used { profile, body, names: names(profile, body) };
    profile.rates.dimensions().map(|(dimension, rates)| used.part(dimension, rates)).sum()
}

/// The variables of a profile, and of what is made from it, by their names: a list may leave the
/// profile's out.
type Names<'a> = BTreeMap<&'a str, Cow<'a, Words>>;

fn names<'a>(profile: &'a Profile, body: &'a Body) -> Names<'a> {
    let known = profile.variables().iter();
    let mut names: Names<'a> =
        known.map(|variable| (variable.name.as_str(), Cow::Borrowed(&variable.words))).collect();
    for name in given(body).filter_map(|item| item.get("name")?.as_str()) {
        names.entry(name).or_insert_with(|| Cow::Owned(Words::of(name)));
    }
    names
}

/// Where the variables of what is made from a profile stand: nothing else of it has a price.
pub(crate) const GIVEN: &str = "/spec/variables";

/// The variables of what is made from a profile.
fn given(body: &Body) -> impl Iterator<Item = &Body> {
    let list = body.pointer(GIVEN).and_then(Body::as_array);
    list.into_iter().flatten()
}

/// What something uses of its profile.
struct Used<'a> {
    profile: &'a Profile,
    body: &'a Body,
    names: Names<'a>,
}

impl<'a> Used<'a> {
    /// What one dimension costs an hour.
    fn part(&self, name: &str, rates: &[Rate]) -> Hourly {
        let dimension = &*escape(name);
        let variable = self.variable(name);
        if rates.iter().any(|rate| rate.option.is_some()) {
            return self.chosen(dimension, variable, rates)?.hourly(dimension);
        }
        let quantity = match variable {
            Some(variable) if name != INSTANCE => self.quantity(variable)?,
            _ if name == INSTANCE => "1".to_owned(),
            _ => {
                return Err(format!(
                    "its profile's rate for {dimension} goes by no variable of it"
                ));
            }
        };
        if Money::ONE.for_quantity(&quantity) == Some(Money::ZERO) {
            return Ok(Money::ZERO);
        }
        let amounts = rates.iter().map(|rate| rate.hourly(dimension));
        // Of several currencies one is dollars; of several periods the dearest may be what is billed.
        let dearer = |one: Hourly, other: Hourly| match (one, other) {
            (Ok(one), Ok(other)) => Ok(one.max(other)),
            (one, other) => one.or(other),
        };
        let amount = amounts
            .reduce(dearer)
            .unwrap_or_else(|| Err(format!("its profile has no rate for {dimension}")))?;
        let counted = amount.for_quantity(&quantity);
        counted.ok_or_else(|| {
            let quantity = escape(&quantity);
            format!("{quantity:?} of {dimension}, which its profile has a rate for, is no number")
        })
    }

    /// The rate of the option that is chosen.
    fn chosen<'r>(
        &self,
        dimension: &str,
        variable: Option<&'a str>,
        rates: &'r [Rate],
    ) -> Result<&'r Rate, String> {
        let variables =
            variable.map_or_else(|| self.names.keys().copied().collect(), |one| vec![one]);
        let values: Vec<String> =
            variables.into_iter().filter_map(|name| self.value(name).ok().flatten()).collect();
        let is_chosen = |rate: &&Rate| {
            let option = rate.option.as_deref();
            values.iter().any(|value| option.is_some_and(|it| it.eq_ignore_ascii_case(value)))
        };
        let mut found = rates.iter().filter(is_chosen);
        match (found.next(), found.next()) {
            (Some(rate), None) => Ok(rate),
            (Some(first), Some(next)) if first.option == next.option => {
                let in_dollars = [first, next].into_iter().find(|it| it.hourly(dimension).is_ok());
                Ok(in_dollars.unwrap_or(first))
            }
            _ => Err(format!("its profile has no one rate for {dimension} as it is chosen")),
        }
    }

    /// The variable of the profile that a dimension goes by: of the same words, else the only one that
    /// has them all among others (`public_ip` is `assign_public_ip`).
    fn variable(&self, dimension: &str) -> Option<&'a str> {
        let wanted = Words::of(dimension);
        let same = self.names.iter().find(|(_, words)| ***words == wanted).map(|(name, _)| *name);
        let wider = self.names.iter().filter(|(_, words)| words.have_all(&wanted));
        let mut wider = wider.map(|(name, _)| *name);
        same.or_else(|| wider.next().filter(|_| wider.next().is_none()))
    }

    /// How much of a variable there is: a number, or one or none of what is on or off.
    fn quantity(&self, variable: &str) -> Result<String, String> {
        let value = self.value(variable)?.unwrap_or_default();
        Ok(match value.trim().to_lowercase().as_str() {
            "" | "false" | "no" | "off" | "none" | "disabled" => "0".to_owned(),
            "true" | "yes" | "on" | "enabled" => "1".to_owned(),
            _ => value,
        })
    }

    /// The value of a variable: its own, else the profile's default. `None` where neither says one.
    fn value(&self, name: &str) -> Result<Option<String>, String> {
        let is_it = |item: &&Body| item.get("name").and_then(Body::as_str) == Some(name);
        let item = given(self.body).find(is_it);
        match item.and_then(|item| item.get("value")) {
            None => Ok(self.profile.variable(name).and_then(|known| known.default.clone())),
            Some(value) if value.is_mask() || value.is_hidden() => {
                Err(format!("its {:?} cannot be seen", escape(name)))
            }
            Some(value) => as_text(value)
                .map(Some)
                .ok_or_else(|| format!("its {:?} is only known when it is made", escape(name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plumb_model::body;

    fn profile(card: &Body) -> Body {
        let variable = |name: &str, value: &str| body!({"name": name, "value": value});
        let spec = [
            variable("Node Type", "H100"),
            variable("GPU Count", "1"),
            variable("assign_public_ip", "false"),
            variable("Disk", "100"),
            variable("Boot Disk", "20"),
            variable("Secret", ""),
        ];
        let card = body!({"globalSettings": {"billing": {"ratecard": (card.clone())}}});
        body!({"metadata": {"name": "gpu"}, "spec": {"variables": (spec.to_vec())}, "status": card})
    }

    fn rate(price: &str, unit: &str) -> Body {
        body!({"price": price, "currency": "USD", "time_unit": unit})
    }

    fn option(price: &str, value: &str) -> Body {
        body!({"price": price, "currency": "USD", "time_unit": "h", "value": value})
    }

    /// A rate card, the variables of the instance, and dollars an hour or a part of the reason.
    type Case<'t> = (Body, &'t [(&'t str, &'t str)], Result<&'t str, &'t str>);

    #[test]
    fn what_is_used_is_priced() {
        let euros = body!({"price": 9, "currency": "EUR", "time_unit": "h"});
        let hour = || body!([(rate("2.5", "h"))]);
        let types = body!([(option("2.5", "H100")), (option("1.5", "L40S"))]);
        let table: Vec<Case<'_>> = vec![
            (body!({"instance": (hour())}), &[], Ok("2.5")),
            (body!({"instance": [(rate("60", "d"))]}), &[], Ok("2.5")),
            (body!({"instance": [(rate("0.001", "s"))]}), &[], Ok("3.6")),
            (body!({"instance": [(rate("1825", "month"))]}), &[], Ok("2.5")),
            (body!({"instance": [(rate("9", "m"))]}), &[], Err("by \"m\"")),
            (body!({"instance": [(rate("?", "h"))]}), &[], Err("is no amount")),
            (body!({"instance": (vec![euros.clone()])}), &[], Err("is in EUR")),
            (body!({"instance": (vec![euros.clone(), rate("3", "h")])}), &[], Ok("3")),
            (body!({"instance": [(rate("1", "h")), (rate("48", "d"))]}), &[], Ok("2")),
            (body!({"instance": [(rate("-1", "h"))]}), &[], Ok("-1")),
            (body!({"gpu_count": (hour())}), &[], Ok("2.5")),
            (body!({"gpu_count": (hour())}), &[("GPU Count", "8")], Ok("20")),
            (body!({"gpu_count": (hour())}), &[("GPU Count", "all")], Err("\"all\" of gpu_count")),
            (body!({"public_ip": (hour())}), &[], Ok("0")),
            (body!({"public_ip": (hour())}), &[("assign_public_ip", "True")], Ok("2.5")),
            // Not used, so that it does not matter how it is priced.
            (body!({"public_ip": (vec![euros])}), &[], Ok("0")),
            (body!({"disk": [(rate("0.01", "h"))]}), &[("Boot Disk", "5")], Ok("1")),
            (body!({"support": (hour())}), &[], Err("rate for support goes by no variable")),
            (body!({"node_type": (types.clone())}), &[], Ok("2.5")),
            (body!({"instance": (types.clone())}), &[("Node Type", "l40s")], Ok("1.5")),
            (body!({"node_type": (types)}), &[("Node Type", "B200")], Err("no one rate")),
            (body!({}), &[], Err("its profile gpu has no rate card")),
            (
                body!({"instance": (hour()), "public_ip": [(rate("0.005", "h"))]}),
                &[("assign_public_ip", "true")],
                Ok("2.505"),
            ),
        ];
        for (card, variables, expected) in table {
            let shown = format!("{card:?} {variables:?}");
            let item = profile(&card);
            let profile = Profile::read("gpu", &item);
            let given = variables.iter().map(|(name, value)| {
                let (name, value) = (*name, *value);
                body!({"name": name, "value": value})
            });
            let body = body!({"spec": {"variables": (given.collect::<Vec<_>>())}});
            let found = hourly(&profile, &body);
            match (found, expected) {
                (Ok(found), Ok(expected)) => {
                    assert_eq!(found, expected.parse().unwrap(), "{shown}");
                }
                (Err(why), Err(part)) => assert!(why.contains(part), "{why}: {shown}"),
                (found, expected) => panic!("{found:?} instead of {expected:?}: {shown}"),
            }
        }
    }
}
