//! Times: `--time`, the clock of the machine, and RFC 3339 for what is printed.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use lastmile::Escaped;
use lastmile::UnixTime;

use crate::failure::Failure;

/// The time to judge at: the one given, or now.
pub(crate) fn time(given: Option<&str>) -> Result<UnixTime, Failure> {
    match given {
        None => Ok(UnixTime::now()),
        Some(text) => parse(text).map_err(|why| {
            let shown = Escaped::new(text.as_bytes());
            let sentence = format!(
                "--time: expected a time such as 2026-06-01T00:00:00Z, found \"{shown}\": {why}"
            );
            Failure::of_use("invalid-time", sentence)
        }),
    }
}

/// Certificates are good to the end of 9999, two hours beyond what jiff calls a timestamp.
fn parse(text: &str) -> Result<UnixTime, &'static str> {
    let years = text.bytes().take_while(u8::is_ascii_digit).count();
    if years > 4 && text.as_bytes().get(years) == Some(&b'-') {
        return Err("it is after the year 9999");
    }
    if !has_shape(text.as_bytes()) {
        let is = |shape: &str| text.parse::<DateTime>().is_ok() && text.len() == shape.len();
        return Err(match () {
            () if is("2026-06-01") => "it has no time of day",
            () if is("2026-06-01T00:00:00") => "it has no offset from UTC (write Z at its end)",
            () => "it is no time in RFC 3339",
        });
    }
    let pieces = Pieces::parse(text).map_err(|_| "it is no time in RFC 3339")?;
    let time = pieces.time().ok_or("it has no time of day")?;
    let offset =
        pieces.to_numeric_offset().ok_or("it has no offset from UTC (write Z at its end)")?;
    let local = pieces.date().to_datetime(time).duration_since(EPOCH);
    let since = local.as_secs().saturating_sub(offset.seconds().into());
    match u64::try_from(since) {
        Ok(seconds) if since <= LATEST => {
            Ok(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
        }
        Ok(_) => Err("it is after the year 9999"),
        Err(_) => Err("it is before 1970"),
    }
}

/// RFC 3339 5.6, which is less than the library takes: `dddd-dd-ddTdd:dd:dd`, a fraction perhaps,
/// then `Z` or `+dd:dd`.
fn has_shape(text: &[u8]) -> bool {
    let fits = |text: &[u8], shape: &[u8]| {
        text.len() == shape.len()
            && text.iter().zip(shape).all(|(found, wanted)| match wanted {
                b'0' => found.is_ascii_digit(),
                b'T' => matches!(found, b'T' | b't' | b' '),
                b'+' => matches!(found, b'+' | b'-'),
                _ => found == wanted,
            })
    };
    let Some((time, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|octet| octet.is_ascii_digit()).count();
            fraction.get(digits..).filter(|_| digits > 0).unwrap_or_default()
        }
        _ => rest,
    };
    fits(time, b"0000-00-00T00:00:00")
        && (matches!(rest, b"Z" | b"z")
            || fits(rest, b"+00:00") && rest.get(1..3) <= Some(b"23".as_slice()))
}

/// Seconds since 1970, as RFC 3339 in UTC.
pub(crate) fn rfc3339(seconds: i64) -> String {
    match EPOCH.checked_add(SignedDuration::from_secs(seconds)) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        // No certificate can say such a time.
        Err(_) => format!("{seconds} seconds since 1970"),
    }
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// 9999-12-31T23:59:59Z, the last second that RFC 5280 can write.
const LATEST: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::LATEST;
    use super::parse;
    use super::rfc3339;

    #[test]
    fn times_are_read_whole_and_only_within_range() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T02:00:00+02:00", Some(0)),
            ("2026-06-01T00:00:00Z", Some(1_780_272_000)),
            ("2026-06-01 00:00:00z", Some(1_780_272_000)),
            ("2026-06-01T00:00:00.999999999Z", Some(1_780_272_000)),
            ("2026-06-01T00:00:00-07:00", Some(1_780_297_200)),
            ("9999-12-31T23:59:59Z", Some(253_402_300_799)),
            ("9999-12-31T23:59:59-01:00", None),
            ("10000-01-01T00:00:00Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("1970-01-01T00:00:00+00:01", None),
            ("-000001-01-01T00:00:00Z", None),
            ("2026-06-01T00:00:00", None),
            ("2026-06-01", None),
            ("2026-02-30T00:00:00Z", None),
            ("20260601T000000Z", None),
            ("2026-06-01T00Z", None),
            ("2026-06-01T00:00:00+00:00:30", None),
            ("2026-06-01T00:00:00Z[UTC]", None),
            ("2026-06-01T00:00:00+00:00[Europe/Paris]", None),
            ("2026-06-01T00:00:00.Z", None),
            ("2026-06-01T00:00:00+25:00", None),
            ("+002026-06-01T00:00:00Z", None),
            ("1780272000", None),
            ("now", None),
            ("", None),
        ] {
            assert_eq!(parse(text).ok().map(|time| time.as_secs()), expected, "{text}");
        }
    }

    #[test]
    fn times_are_written_to_the_end_of_the_calendar() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(-631_152_000), "1950-01-01T00:00:00Z");
        assert_eq!(rfc3339(LATEST), "9999-12-31T23:59:59Z");
    }
}
