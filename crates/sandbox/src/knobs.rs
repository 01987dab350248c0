//! How settings are written down, with their usual values beside them.

/// A struct of settings in which whatever is left out has the value written beside it, or else the
/// usual one of its type, and whatever is not known is refused.
#[macro_export]
macro_rules! knobs {
    (@usual) => { Default::default() };
    (@usual $value:expr) => { $value };
    ($(#[$meta:meta])* pub struct $name:ident {
        $($(#[$doc:meta])* pub $field:ident: $type:ty $(= $value:expr)?),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $($(#[$doc])* pub $field: $type),+ }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $crate::knobs!(@usual $($value)?)),+ }
            }
        }
    };
}
