//! The server's wall clock: it starts where the options say and runs with tokio's time, so that a paused clock stops it too.

use tokio::time::Instant;

/// A wall clock in whole seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    epoch: u64,
    started: Instant,
}

impl Clock {
    pub(super) fn starting_at(epoch: u64) -> Self {
        Self {
            epoch,
            started: Instant::now(),
        }
    }

    /// Seconds since 1970, UTC.
    pub(super) fn now(&self) -> u64 {
        self.epoch.saturating_add(self.started.elapsed().as_secs())
    }
}

/// Reads `yyyy-MM-dd HH:mm:ss`.
pub(super) fn parse(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(' ')?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let valid = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !valid || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days_before(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// Writes `yyyyMMddHH:mm:ss`, the dialog protocol's format.
pub(super) fn dialog_time(seconds: u64) -> String {
    let (days, rest) = (seconds / DAY, seconds % DAY);
    let (year, month, day) = date(days);
    format!(
        "{year:04}{month:02}{day:02}{:02}:{:02}:{:02}",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let digits = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    };
    let mut parts = text.split(between);
    let three = [digits(parts.next()?)?, digits(parts.next()?)?, digits(parts.next()?)?];
    parts.next().is_none().then_some(three)
}

/// Days from 1970-01-01 to this date; years are counted from March, so that the leap day comes last.
fn days_before(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let in_year = (153 * from_march + 2) / 5 + day - 1;
    (year * 365 + year / 4 - year / 100 + year / 400 + in_year).saturating_sub(DAYS_TO_1970)
}

fn date(days: u64) -> (u64, u64, u64) {
    let days = days.saturating_add(DAYS_TO_1970);
    let (era, in_era) = (days / 146_097, days % 146_097);
    let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

const DAY: u64 = 86_400;
/// From 1 March of the year 0.
const DAYS_TO_1970: u64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_read_is_the_date_written() {
        for (text, seconds, dialog) in [
            ("1970-01-01 00:00:00", 0, "1970010100:00:00"),
            ("2000-02-29 12:34:56", 951_827_696, "2000022912:34:56"),
            ("2018-09-04 07:16:24", 1_536_045_384, "2018090407:16:24"),
            ("2026-01-01 00:00:00", 1_767_225_600, "2026010100:00:00"),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
            assert_eq!(dialog_time(seconds), dialog);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-01-01",
            "2026-13-01 00:00:00",
            "2026-01-01T00:00:00",
            "2026-01-01 24:00:00",
            "+026-01-01 00:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
