//! Moments and validity: seconds since 1970-01-01T00:00:00Z, signed, leap seconds not counted.

use core::fmt;

use crate::der::Element;
use crate::der::Error;
use crate::der::Fault;
use crate::der::GENERALIZED_TIME;
use crate::der::Reader;
use crate::der::UTC_TIME;

/// The period in which a certificate is good, both ends included (RFC 5280 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    not_before: i64,
    not_after: i64,
}

impl Validity {
    /// Reads `Validity ::= SEQUENCE { notBefore Time, notAfter Time }`.
    pub(crate) fn from_der(element: &Element<'_>) -> Result<Self, Error> {
        let mut reader = element.reader();
        let not_before = read_time(&mut reader)?;
        let not_after = read_time(&mut reader)?;
        reader.finish()?;
        Ok(Self { not_before, not_after })
    }

    /// The first good second, since 1970.
    pub const fn not_before(&self) -> i64 {
        self.not_before
    }

    /// The last good second, since 1970.
    pub const fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether the certificate is good at `now`, seconds since 1970.
    pub const fn contains(&self, now: i64) -> bool {
        self.not_before <= now && now <= self.not_after
    }
}

/// The seconds for which a judgement holds, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    first: i64,
    last: i64,
}

impl Window {
    /// For ever, until it is narrowed.
    pub(crate) const ALWAYS: Self = Self { first: i64::MIN, last: i64::MAX };

    /// To the seconds in which a certificate is what it is at `now`: good, too old or too new.
    pub(crate) fn narrow(&mut self, validity: Validity, now: i64) {
        let Validity { not_before, not_after } = validity;
        if now < not_before {
            self.last = self.last.min(not_before.saturating_sub(1));
        } else if now > not_after {
            self.first = self.first.max(not_after.saturating_add(1));
        } else {
            self.first = self.first.max(not_before);
            self.last = self.last.min(not_after);
        }
    }

    #[cfg(feature = "std")]
    pub(crate) const fn contains(self, now: i64) -> bool {
        self.first <= now && now <= self.last
    }
}

/// RFC 5280 4.1.2.5.1 and 4.1.2.5.2: seconds are there, the zone is `Z`, no fraction.
fn read_time(reader: &mut Reader<'_>) -> Result<i64, Error> {
    let element = reader.element()?;
    if !matches!(element.tag, UTC_TIME | GENERALIZED_TIME) {
        let fault = Fault::UnexpectedTag { expected: UTC_TIME, found: element.tag };
        return Err(element.error(fault));
    }
    moment(&element).ok_or(element.error(Fault::BadTime))
}

fn moment(element: &Element<'_>) -> Option<i64> {
    let two = |digits: [u8; 2]| {
        let [tens, ones] = digits.map(|digit| u32::from(digit & 0x0f));
        tens.wrapping_mul(10).wrapping_add(ones)
    };
    let (century, rest) = match (element.tag, element.value) {
        (GENERALIZED_TIME, [a @ b'0'..=b'9', b @ b'0'..=b'9', rest @ ..]) => {
            (Some(two([*a, *b])), rest)
        }
        (UTC_TIME, rest) => (None, rest),
        _ => return None,
    };
    let Ok([digits @ .., b'Z']) = <&[u8; 13]>::try_from(rest) else { return None };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [y1, y2, mo1, mo2, d1, d2, h1, h2, mi1, mi2, s1, s2] = *digits;
    let of_century = two([y1, y2]);
    // RFC 5280 4.1.2.5.1: from 50 it is 19YY, below it is 20YY.
    let century = century.unwrap_or(if of_century >= 50 { 19 } else { 20 });
    let year = century.wrapping_mul(100).wrapping_add(of_century);
    let (month, day) = (two([mo1, mo2]), two([d1, d2]));
    let (hour, minute, second) = (two([h1, h2]), two([mi1, mi2]), two([s1, s2]));
    // A leap second (60) names no second of this count. The profile has no time before 1950:
    // UTCTime cannot say one.
    let exists = (1950..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    if !exists {
        return None;
    }
    let of_day = hour.wrapping_mul(3600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second);
    let days = days_from_civil(year, month, day);
    Some(days.saturating_mul(SECONDS_PER_DAY).saturating_add(i64::from(of_day)))
}

const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so
/// that the leap day is the last of its year; 400 years have 146,097 days.
///
/// Of years to 9999: none of these numbers is near to 2^32.
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    let (year, month_from_march) = match month {
        ..=2 => (year.wrapping_sub(1), month.wrapping_add(9)),
        _ => (year, month.wrapping_sub(3)),
    };
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let day_of_year = (month_from_march.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(day);
    let days = year.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(day_of_year);
    // 0000-03-01 is 719,468 days before 1970-01-01, and days of a month count from one.
    i64::from(days).saturating_sub(719_469)
}

/// Shows seconds since 1970 as RFC 3339, in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) i64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(SECONDS_PER_DAY);
        let second = self.0.rem_euclid(SECONDS_PER_DAY);
        // The inverse of `days_from_civil`, by eras of 400 years.
        let shifted = days.saturating_add(719_468);
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = day_of_era
            .saturating_sub(day_of_era.div_euclid(1460))
            .saturating_add(day_of_era.div_euclid(36_524))
            .saturating_sub(day_of_era.div_euclid(146_096))
            .div_euclid(365);
        let day_of_year = day_of_era
            .saturating_sub(year_of_era.saturating_mul(365))
            .saturating_sub(year_of_era.div_euclid(4))
            .saturating_add(year_of_era.div_euclid(100));
        let month_from_march = day_of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
        let day = day_of_year
            .saturating_sub(month_from_march.saturating_mul(153).saturating_add(2).div_euclid(5))
            .saturating_add(1);
        let (month, carry) = match month_from_march < 10 {
            true => (month_from_march.saturating_add(3), 0),
            false => (month_from_march.saturating_sub(9), 1),
        };
        let year = era.saturating_mul(400).saturating_add(year_of_era).saturating_add(carry);
        let (hour, minute) = (second.div_euclid(3600), second.div_euclid(60).rem_euclid(60));
        let second = second.rem_euclid(60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Shows a length of time in its largest unit, rounded down: `3 days`, `1 second`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elapsed(pub(crate) i64);

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self.0 {
            seconds @ ..60 => (seconds, "second"),
            seconds @ ..3600 => (seconds.div_euclid(60), "minute"),
            seconds @ ..SECONDS_PER_DAY => (seconds.div_euclid(3600), "hour"),
            seconds => (seconds.div_euclid(SECONDS_PER_DAY), "day"),
        };
        match count {
            1 => write!(f, "1 {unit}"),
            _ => write!(f, "{count} {unit}s"),
        }
    }
}

const SECONDS_PER_DAY: i64 = 86_400;

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::Elapsed;
    use super::Moment;
    use super::read_time;
    use crate::der::Fault;
    use crate::der::Reader;

    fn read(tag: u8, text: &str) -> Result<i64, Fault> {
        let mut der: Vec<u8> = [tag, u8::try_from(text.len()).expect("short")].into();
        der.extend_from_slice(text.as_bytes());
        read_time(&mut Reader::new(&der)).map_err(|error| error.fault)
    }

    #[test]
    fn der_has_one_way_to_write_a_time() {
        const UTC: u8 = 0x17;
        const GENERAL: u8 = 0x18;
        for (tag, text, expected) in [
            (UTC, "700101000000Z", Some(0)),
            (UTC, "500101000000Z", Some(-631_152_000)),
            (UTC, "491231235959Z", Some(2_524_607_999)),
            (GENERAL, "20500101000000Z", Some(2_524_608_000)),
            (GENERAL, "99991231235959Z", Some(253_402_300_799)),
            (GENERAL, "19500101000000Z", Some(-631_152_000)),
            (GENERAL, "19491231235959Z", None),
            (GENERAL, "00000101000000Z", None),
            (UTC, "000229000000Z", Some(951_782_400)),
            (UTC, "010229000000Z", None),
            (GENERAL, "21000229000000Z", None),
            (UTC, "990230000000Z", None),
            (UTC, "990431000000Z", None),
            (UTC, "990001000000Z", None),
            (UTC, "991301000000Z", None),
            (UTC, "990100000000Z", None),
            (UTC, "990101240000Z", None),
            (UTC, "990101006000Z", None),
            (UTC, "990101000060Z", None),
            (UTC, "9901010000Z", None),
            (UTC, "990101000000", None),
            (UTC, "990101000000z", None),
            (UTC, "990101000000+0000", None),
            (UTC, "99 101000000Z", None),
            (UTC, "", None),
            (GENERAL, "19990101000000.5Z", None),
            (GENERAL, "199901010000Z", None),
            (GENERAL, "990101000000Z", None),
        ] {
            assert_eq!(read(tag, text), expected.ok_or(Fault::BadTime), "{text}");
        }
        assert!(read(0x16, "990101000000Z").is_err(), "an IA5String is no time");
    }

    #[test]
    fn moments_are_written_as_rfc3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (-631_152_000, "1950-01-01T00:00:00Z"),
        ] {
            assert_eq!(Moment(seconds).to_string(), text);
        }
    }

    #[test]
    fn writing_and_reading_are_inverse_on_every_day() {
        let mut seconds = -631_152_000i64;
        while seconds <= 253_402_300_799 {
            let text = Moment(seconds).to_string();
            let der_text = text.replace(['-', ':', 'T'], "");
            assert_eq!(read(0x18, &der_text), Ok(seconds), "{text}");
            seconds += 86_400 * 3 + 12_345;
        }
    }

    #[test]
    fn spans_use_their_largest_unit() {
        for (seconds, text) in [
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (7199, "1 hour"),
            (86_400, "1 day"),
            (3 * 86_400 + 5, "3 days"),
        ] {
            assert_eq!(Elapsed(seconds).to_string(), text);
        }
    }
}
