//! Moments as seconds since 1970, and the two ways a certificate writes them.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use crate::der;
use crate::der::tag;

/// Midnight at the start of 2026-01-01, when nearly every certificate here begins.
pub const START: i64 = utc(2026, 1, 1, 0, 0, 0);

/// Midnight at the start of 2027-01-01, when nearly every certificate here ends.
pub const END: i64 = utc(2027, 1, 1, 0, 0, 0);

static IS_FOR_HOSTS: AtomicBool = AtomicBool::new(false);

/// From now on, what does not say when it ends is valid for a century: for hosts, which go by the clock of
/// the machine. To be called before the first certificate is made.
pub fn make_for_hosts() {
    IS_FOR_HOSTS.store(true, Ordering::Relaxed);
}

/// When a certificate ends that does not say it: at [`END`], or for hosts a century after [`START`].
pub fn end() -> i64 {
    match IS_FOR_HOSTS.load(Ordering::Relaxed) {
        true => CENTURY,
        false => END,
    }
}

/// Midnight at the start of 2126-01-01: what is for hosts is valid for a century.
pub const CENTURY: i64 = utc(2126, 1, 1, 0, 0, 0);

/// Midnight at the start of 2026-06-01, when nearly every case is decided.
pub const NOW: i64 = utc(2026, 6, 1, 0, 0, 0);

/// Seconds since 1970 of a moment in UTC, in the proleptic Gregorian calendar.
pub const fn utc(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    // Years that start in March put the leap day last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468;
    ((days * 24 + hour) * 60 + minute) * 60 + second
}

/// UTCTime before 2050, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5).
pub fn to_der(seconds: i64) -> Vec<u8> {
    let (year, rest) = digits(seconds);
    if (1950..2050).contains(&year) {
        tlv_text(tag::UTC_TIME, &format!("{:02}{rest}", year % 100))
    } else {
        tlv_text(tag::GENERALIZED_TIME, &format!("{year:04}{rest}"))
    }
}

/// A time whose text the caller writes, right or wrong.
pub fn tlv_text(tag: u8, text: &str) -> Vec<u8> {
    der::tlv(tag, text.as_bytes())
}

/// `2026-06-01T00:00:00Z`.
pub fn to_rfc3339(seconds: i64) -> String {
    let (year, month, day) = date(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

fn digits(seconds: i64) -> (i64, String) {
    let (year, month, day) = date(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    (year, format!("{month:02}{day:02}{hour:02}{minute:02}{second:02}Z"))
}

fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_what_date_says() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:34:56Z", 951_827_696),
            ("2026-01-01T00:00:00Z", 1_767_225_600),
            ("2126-01-01T00:00:00Z", 4_922_899_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(to_rfc3339(seconds), text);
        }
        assert_eq!(START, 1_767_225_600);
        assert_eq!(utc(2000, 2, 29, 12, 34, 56), 951_827_696);
        assert_eq!(utc(9999, 12, 31, 23, 59, 59), 253_402_300_799);
    }

    #[test]
    fn the_form_changes_in_2050() {
        assert_eq!(to_der(utc(2049, 12, 31, 23, 59, 59))[2..], *b"491231235959Z");
        assert_eq!(to_der(utc(2050, 1, 1, 0, 0, 0))[2..], *b"20500101000000Z");
    }
}
