//! Who writes a status.

use std::fmt;
use std::str::FromStr;

use super::index::escaped;
use crate::schema::CONTROLLER_NAME;
use crate::schema::matches;

/// The name of a controller, as `example.com/controller`: its entries of a status are its own.
///
/// ```
/// use lastmile_policy::ControllerName;
///
/// let name: ControllerName = "example.com/controller".parse()?;
/// assert_eq!(name.as_str(), "example.com/controller");
/// assert!("controller".parse::<ControllerName>().is_err());
/// # Ok::<(), lastmile_policy::InvalidControllerName>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerName(String);

impl ControllerName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ControllerName {
    /// `lastmile.example/resolve`: `.example` is nobody's.
    fn default() -> Self {
        Self("lastmile.example/resolve".to_owned())
    }
}

impl FromStr for ControllerName {
    type Err = InvalidControllerName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `maxLength` of the API's GatewayController.
        match matches(CONTROLLER_NAME, text) && text.chars().count() <= 253 {
            true => Ok(Self(text.to_owned())),
            false => Err(InvalidControllerName { found: text.to_owned() }),
        }
    }
}

/// Not the name of a controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidControllerName {
    found: String,
}

impl fmt::Display for InvalidControllerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = escaped(&self.found);
        write!(f, "expected a domain and a path, as example.com/controller, found \"{found}\"")
    }
}

impl std::error::Error for InvalidControllerName {}
