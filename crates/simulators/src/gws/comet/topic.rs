//! Channel patterns: `*` stands for exactly one last segment, `**` for one or more (section 11.5).

/// Whether a subscription covers a channel.
pub(super) fn covers(subscription: &str, channel: &str) -> bool {
    if let Some(stem) = subscription.strip_suffix("/**") {
        return channel
            .strip_prefix(stem)
            .is_some_and(|rest| rest.starts_with('/') && rest.len() > 1);
    }
    if let Some(stem) = subscription.strip_suffix("/*") {
        let last = channel.strip_prefix(stem).and_then(|rest| rest.strip_prefix('/'));
        return last.is_some_and(|last| !last.is_empty() && !last.contains('/'));
    }
    subscription == channel
}

/// Whether a subscription is spelt as one.
pub(super) fn is_valid(subscription: &str) -> bool {
    subscription.starts_with('/')
        && subscription.len() > 1
        && !subscription.ends_with('/')
        && !subscription.starts_with("/meta/")
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn one_star_covers_one_last_segment() {
        assert!(covers("/v2/me/*", "/v2/me/calls"));
        assert!(!covers("/v2/me/*", "/v2/me"));
        assert!(!covers("/v2/me/*", "/v2/me/calls/1"));
        assert!(!covers("/v2/me/*", "/v2/mean/calls"));
    }

    #[test]
    fn two_stars_cover_everything_below() {
        assert!(covers("/**", "/v2/me/calls"));
        assert!(covers("/v2/**", "/v2/me"));
        assert!(!covers("/v2/me/**", "/v2/me"));
    }

    #[test]
    fn a_plain_name_covers_itself() {
        assert!(covers("/v2/me/calls", "/v2/me/calls"));
        assert!(!covers("/v2/me/calls", "/v2/me/devices"));
    }
}
