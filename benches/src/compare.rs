//! Two in turn, in one process: what shifts a busy machine shifts both.

use std::time::Duration;

use crate::clock::thread_time;

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    rounds: u128,
    round: Duration,
    longest: Duration,
}

impl Pace {
    /// 201 rounds of about 2 ms each, and fewer where one call takes so long that this would be
    /// more than some seconds.
    pub const FULL: Self =
        Self { rounds: 201, round: Duration::from_millis(2), longest: Duration::from_secs(3) };

    /// Three calls: to see that it runs.
    pub const QUICK: Self =
        Self { rounds: 3, round: Duration::ZERO, longest: Duration::from_millis(200) };

    /// Whether figures mean nothing.
    pub fn is_quick(self) -> bool {
        self.round.is_zero()
    }

    /// How often to call what takes so long, in one round.
    fn calls(self, once: Duration) -> u32 {
        let calls = self.round.as_nanos() / once.as_nanos().max(1);
        u32::try_from(calls).unwrap_or(u32::MAX).clamp(1, 1_000_000)
    }

    /// How many rounds of that length.
    fn rounds(self, length: Duration) -> usize {
        let rounds = self.longest.as_nanos() / length.as_nanos().max(1);
        usize::try_from(rounds.clamp(1, self.rounds)).unwrap_or(1)
    }
}

/// Medians of rounds: nanoseconds of one call, and how one compares to the other.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Of the first.
    pub ours_ns: f64,
    /// Of the second.
    pub peer_ns: f64,
    /// The median of the rounds' ratios, which is not the ratio of the medians.
    pub ratio: f64,
}

/// Both in turn. Each must be true of every call.
pub fn compare(pace: Pace, ours: impl Fn() -> bool, peer: impl Fn() -> bool) -> Times {
    let (ours_once, peer_once) = (time(1, &ours), time(1, &peer));
    let (ours_calls, peer_calls) = (pace.calls(ours_once), pace.calls(peer_once));
    let length = ours_once * ours_calls + peer_once * peer_calls;
    let mut rounds: Vec<(f64, f64)> = (0..pace.rounds(length))
        .map(|_| (nanoseconds(ours_calls, &ours), nanoseconds(peer_calls, &peer)))
        .collect();
    let mut median = |value: fn(&(f64, f64)) -> f64| {
        rounds.sort_by(|one, other| value(one).total_cmp(&value(other)));
        value(&rounds[rounds.len() / 2])
    };
    Times {
        ours_ns: median(|round| round.0),
        peer_ns: median(|round| round.1),
        ratio: median(|round| round.0 / round.1),
    }
}

/// One alone: the median nanoseconds of a call.
pub fn measure(pace: Pace, call: impl Fn() -> bool) -> f64 {
    let rounds = sorted_rounds(pace, call);
    rounds[rounds.len() / 2]
}

/// One alone: the nanoseconds of a call in the best round, for want of another beside it that
/// would show what the machine added.
pub fn least(pace: Pace, call: impl Fn() -> bool) -> f64 {
    sorted_rounds(pace, call)[0]
}

/// At least one.
fn sorted_rounds(pace: Pace, call: impl Fn() -> bool) -> Vec<f64> {
    let once = time(1, &call);
    let calls = pace.calls(once);
    let rounds = pace.rounds(once * calls);
    let mut rounds: Vec<f64> = (0..rounds).map(|_| nanoseconds(calls, &call)).collect();
    rounds.sort_by(f64::total_cmp);
    rounds
}

fn nanoseconds(calls: u32, call: &impl Fn() -> bool) -> f64 {
    time(calls, call).as_secs_f64() * 1e9 / f64::from(calls)
}

fn time(calls: u32, call: &impl Fn() -> bool) -> Duration {
    let start = thread_time();
    for _ in 0..calls {
        assert!(call(), "the verdict changed");
    }
    thread_time() - start
}
