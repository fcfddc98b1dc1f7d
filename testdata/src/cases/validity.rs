//! Validity: of the leaf, an intermediate and the anchor, to the second, and in both encodings.

use super::INTERMEDIATE;
use super::accepted;
use super::intermediate;
use super::leaf;
use super::refused;
use crate::case::At;
use crate::case::Case;
use crate::der::tag;
use crate::time;

pub(super) fn cases() -> Vec<Case> {
    [expired(), early(), encodings()].concat()
}

fn expired() -> Vec<Case> {
    vec![
        refused("expired-leaf", "The leaf ended a month ago.", "expired", At::Certificate(0))
            .leaf(leaf().valid(time::START, MAY)),
        accepted("expired-leaf-accepted", "The leaf is going to end in a month.")
            .leaf(leaf().valid(time::START, MAY))
            .now(APRIL),
        refused(
            "expired-intermediate",
            "The intermediate ended a month ago.",
            "expired",
            At::Certificate(1),
        )
        .intermediate(intermediate().valid(time::START, MAY)),
        accepted("expired-intermediate-accepted", "The intermediate ends in a month.")
            .intermediate(intermediate().valid(time::START, MAY))
            .now(APRIL),
        refused("expired-anchor", "The anchor ended a month ago.", "expired", At::Anchor(0))
            .root(|root| root.valid(time::START, MAY)),
        accepted("expired-anchor-accepted", "The anchor ends in a month.")
            .root(|root| root.valid(time::START, MAY))
            .now(APRIL),
        accepted("last-second-accepted", "It is the very second of the leaf's notAfter.")
            .leaf(leaf().valid(time::START, MAY))
            .now(MAY),
        refused(
            "last-second",
            "It is one second after the leaf's notAfter.",
            "expired",
            At::Certificate(0),
        )
        .leaf(leaf().valid(time::START, MAY))
        .now(MAY + 1),
    ]
}

fn early() -> Vec<Case> {
    vec![
        refused(
            "not-yet-valid-leaf",
            "The leaf begins in a month.",
            "not-yet-valid",
            At::Certificate(0),
        )
        .leaf(leaf().valid(JULY, time::end())),
        accepted("not-yet-valid-leaf-accepted", "The leaf began a month ago.")
            .leaf(leaf().valid(MAY, time::end())),
        refused(
            "not-yet-valid-intermediate",
            "The intermediate begins in a month.",
            "not-yet-valid",
            At::Certificate(1),
        )
        .intermediate(intermediate().valid(JULY, time::end())),
        accepted("not-yet-valid-intermediate-accepted", "The intermediate began a month ago.")
            .intermediate(intermediate().valid(MAY, time::end())),
        refused(
            "not-yet-valid-anchor",
            "The anchor begins in a month.",
            "not-yet-valid",
            At::Anchor(0),
        )
        .root(|root| root.valid(JULY, time::end())),
        accepted("not-yet-valid-anchor-accepted", "The anchor began a month ago.")
            .root(|root| root.valid(MAY, time::end())),
        accepted("first-second-accepted", "It is the very second of the leaf's notBefore.")
            .leaf(leaf().valid(time::NOW, time::end())),
        refused(
            "first-second",
            "It is one second before the leaf's notBefore.",
            "not-yet-valid",
            At::Certificate(0),
        )
        .leaf(leaf().valid(time::NOW, time::end()))
        .now(time::NOW - 1),
    ]
}

fn encodings() -> Vec<Case> {
    vec![
        accepted("time-generalized-accepted", "The leaf ends in 2060, so as GeneralizedTime.")
            .leaf(leaf().valid(time::START, time::utc(2060, 1, 1, 0, 0, 0))),
        accepted(
            "time-generalized-early-accepted",
            "The leaf ends in 2027 as GeneralizedTime, which CAs must not write and we must read.",
        )
        .leaf(leaf().raw_validity(
            time::to_der(time::START),
            time::tlv_text(tag::GENERALIZED_TIME, "20270101000000Z"),
        )),
        accepted("time-year-9999-accepted", "The leaf never ends, as RFC 5280 writes it.")
            .leaf(leaf().valid(time::START, time::utc(9999, 12, 31, 23, 59, 59))),
        accepted("time-before-1970-accepted", "The leaf began in 1951.")
            .leaf(leaf().valid(time::utc(1951, 1, 1, 0, 0, 0), time::end())),
        accepted("time-utc-49-accepted", "A UTCTime of year 49 is in 2049.").leaf(
            leaf().raw_validity(
                time::to_der(time::START),
                time::tlv_text(tag::UTC_TIME, "491231235959Z"),
            ),
        ),
        refused(
            "time-utc-50",
            "A UTCTime of year 50 is in 1950, so the leaf has ended.",
            "expired",
            At::Certificate(0),
        )
        .leaf(leaf().raw_validity(
            time::tlv_text(tag::UTC_TIME, "500101000000Z"),
            time::tlv_text(tag::UTC_TIME, "501231235959Z"),
        )),
        refused(
            "time-reversed",
            "The leaf begins in July and has ended in May, so no time is good.",
            "expired",
            At::Certificate(0),
        )
        .leaf(leaf().valid(JULY, MAY)),
        accepted("time-on-29-february-accepted", "notAfter is the 29th of February 2028.").leaf(
            leaf().raw_validity(
                time::to_der(time::START),
                time::tlv_text(tag::UTC_TIME, "280229000000Z"),
            ),
        ),
        ending("time-on-29-february", "notAfter is the 29th of February 2027.", "270229000000Z"),
        ending("time-leap-second", "notAfter is a leap second.", "261231235960Z"),
        ending("time-before-nul", "notAfter is a UTCTime and a NUL.", "270101000000Z\0"),
        ending("time-without-seconds", "notAfter is a UTCTime without seconds.", "2701010000Z"),
        ending("time-with-offset", "notAfter is a UTCTime with an offset.", "270101000000+0100"),
        ending("time-without-zone", "notAfter is a UTCTime without Z.", "270101000000"),
        ending("time-on-30-february", "notAfter is the 30th of February.", "270230000000Z"),
        malformed("time-with-fraction", "notAfter is a GeneralizedTime with a fraction.").leaf(
            leaf().raw_validity(
                time::to_der(time::START),
                time::tlv_text(tag::GENERALIZED_TIME, "20600101000000.5Z"),
            ),
        ),
        accepted("time-accepted", "notAfter is a UTCTime as DER wants it.").chain([
            INTERMEDIATE.issue(leaf().raw_validity(
                time::to_der(time::START),
                time::tlv_text(tag::UTC_TIME, "270101000000Z"),
            )),
            INTERMEDIATE.certificate.clone(),
        ]),
    ]
}

fn ending(name: &'static str, about: &'static str, not_after: &str) -> Case {
    malformed(name, about).leaf(
        leaf().raw_validity(time::to_der(time::START), time::tlv_text(tag::UTC_TIME, not_after)),
    )
}

fn malformed(name: &'static str, about: &'static str) -> Case {
    refused(name, about, "malformed-certificate", At::Certificate(0))
}

const APRIL: i64 = time::utc(2026, 4, 1, 0, 0, 0);
const MAY: i64 = time::utc(2026, 5, 1, 0, 0, 0);
const JULY: i64 = time::utc(2026, 7, 1, 0, 0, 0);
