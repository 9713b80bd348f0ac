//! Chance from the injected source of ids, so that a simulated run repeats to the letter.

use callcontrol_core::IdSource;

/// A number in `0.0..=1.0`.
pub(crate) fn draw(ids: &IdSource) -> f64 {
    let id = ids.op();
    let digits = id.as_str().rsplit('-').next().unwrap_or_default();
    let value = u64::from_str_radix(digits, 16).unwrap_or_default();
    let upper = u32::try_from(value >> 32).unwrap_or_default();
    f64::from(upper) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_all_of_the_range() {
        let draws = |seed| {
            let ids = IdSource::seeded(seed);
            (0..200).map(|_| draw(&ids)).collect::<Vec<_>>()
        };
        assert_eq!(draws(3), draws(3));
        assert_ne!(draws(3), draws(4));
        let (least, most) = draws(3)
            .into_iter()
            .fold((1.0, 0.0), |(least, most): (f64, f64), drawn| {
                (least.min(drawn), most.max(drawn))
            });
        assert!(
            (0.0..0.1).contains(&least) && (0.9..=1.0).contains(&most),
            "{least} to {most}"
        );
    }
}
