//! The methods that each field has.

/// `value`: replaces. `text`: replaces, from anything that is text. `list` and `map`: replace, and
/// in the singular add. `optional_list`: a list that may be there and empty.
macro_rules! setters {
    ($owner:ident { $($kind:ident $field:ident $(+ $one:ident)? : $type:ty $(=> $value:ty)?,)* }) => {
        impl $owner {
            $(setters!(@$kind $field $(+ $one)? : $type $(=> $value)?);)*
        }
    };
    (@value $field:ident : $type:ty) => {
        #[doc = concat!("Replaces `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(self, $field: $type) -> Self {
            Self { $field: $field.into(), ..self }
        }
    };
    (@text $field:ident : $type:ty) => {
        #[doc = concat!("Replaces `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(self, $field: impl Into<$type>) -> Self {
            Self { $field: $field.into().into(), ..self }
        }
    };
    (@list $field:ident + $one:ident : $type:ty) => {
        #[doc = concat!("Replaces `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(self, $field: impl IntoIterator<Item = impl Into<$type>>) -> Self {
            Self { $field: $field.into_iter().map(Into::into).collect(), ..self }
        }

        #[doc = concat!("Adds one to `", stringify!($field), "`.")]
        #[must_use]
        pub fn $one(mut self, $one: impl Into<$type>) -> Self {
            self.$field.push($one.into());
            self
        }
    };
    (@optional_list $field:ident + $one:ident : $type:ty) => {
        #[doc = concat!("Replaces `", stringify!($field), "`; without values, with an empty list.")]
        #[must_use]
        pub fn $field(self, $field: impl IntoIterator<Item = impl Into<$type>>) -> Self {
            Self { $field: Some($field.into_iter().map(Into::into).collect()), ..self }
        }

        #[doc = concat!("Adds one to `", stringify!($field), "`.")]
        #[must_use]
        pub fn $one(mut self, $one: impl Into<$type>) -> Self {
            self.$field.get_or_insert_default().push($one.into());
            self
        }
    };
    (@map $field:ident + $one:ident : $type:ty => $value:ty) => {
        #[doc = concat!("Replaces `", stringify!($field), "`.")]
        #[must_use]
        pub fn $field(
            self,
            $field: impl IntoIterator<Item = (impl Into<$type>, impl Into<$value>)>,
        ) -> Self {
            let entries = $field.into_iter().map(|(key, value)| (key.into(), value.into()));
            Self { $field: entries.collect(), ..self }
        }

        #[doc = concat!("Adds one to `", stringify!($field), "`, in the place of one of its name.")]
        #[must_use]
        pub fn $one(mut self, key: impl Into<$type>, value: impl Into<$value>) -> Self {
            self.$field.insert(key.into(), value.into());
            self
        }
    };
}

pub(super) use setters;
