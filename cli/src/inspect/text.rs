//! Certificates for people.

use std::fmt;

use super::Inspected;
use super::concluded::Usable;

impl fmt::Display for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, certificate {}", self.shown_file, self.certificate)?;
        if let (Some(block), Some(line)) = (self.block, self.line) {
            write!(f, " (block {block}, line {line})")?;
        }
        let seen = &self.seen;
        for (label, value) in [
            ("unreadable", &seen.unreadable),
            ("subject", &seen.subject),
            ("issuer", &seen.issuer),
            ("serial", &seen.serial),
        ] {
            if let Some(value) = value {
                write_row(f, label, or_empty(value))?;
            }
        }
        if let (Some(from), Some(to)) = (&seen.not_before, &seen.not_after) {
            write_row(f, "valid", &format!("{from} to {to}"))?;
        }
        if seen.unreadable.is_none() {
            match &*seen.names {
                [] => write_row(f, "names", "(none)")?,
                names => write_rows(f, "names", names)?,
            }
        }
        if let Some(key) = &seen.key {
            match key.bits {
                Some(bits) => write_row(f, "key", &format!("{}, {bits} bits", key.algorithm))?,
                None => write_row(f, "key", &key.algorithm)?,
            }
        }
        if let Some(algorithm) = &seen.signature_algorithm {
            write_row(f, "signed with", algorithm)?;
        }
        let extensions = seen.extensions.iter().map(|extension| {
            let critical = if extension.critical { ", critical" } else { "" };
            match &extension.value {
                Some(value) => format!("{}{critical}: {value}", extension.name),
                None => format!("{}{critical}", extension.name),
            }
        });
        write_rows(f, "extensions", &extensions.collect::<Vec<_>>())?;
        write_row(f, "sha256", &self.sha256)?;
        let concluded = &self.concluded;
        if let Some(malformed) = &concluded.malformed {
            write_row(f, "malformed", &format!("the engine refuses it: {malformed}"))?;
        }
        for (label, usable) in [("as a leaf", &concluded.leaf), ("as an issuer", &concluded.issuer)]
        {
            if let Some(usable) = usable {
                write_rows(f, label, &conclusion(usable))?;
            }
        }
        Ok(())
    }
}

fn conclusion(usable: &Usable) -> Vec<String> {
    match &*usable.faults {
        [] => vec!["yes".into()],
        faults => faults.iter().map(|fault| format!("no: {}", fault.message)).collect(),
    }
}

fn or_empty(value: &str) -> &str {
    match value {
        "" => "(empty)",
        value => value,
    }
}

/// A label once, and each value on a line.
fn write_rows(f: &mut fmt::Formatter<'_>, label: &str, values: &[String]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        write_row(f, if index == 0 { label } else { "" }, value)?;
    }
    Ok(())
}

fn write_row(f: &mut fmt::Formatter<'_>, label: &str, value: &str) -> fmt::Result {
    write!(f, "\n  {label:<13} {value}")
}
