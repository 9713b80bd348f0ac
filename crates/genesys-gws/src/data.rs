//! Call data (section 9.5): a patch is one to several of the vendor's operations, which can only be sent one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use callcontrol_core::{CallDataPatch, CallId, Effect, OpCx, Operation, Receipt, Result};

use crate::commands::not_now;
use crate::faults::Asked;
use crate::outcomes::{Goal, patience};
use crate::session::Session;
use crate::wire::body::Body;

impl Session {
    /// Changes a call's data.
    pub(crate) async fn patch(self: &Arc<Self>, call: &CallId, patch: CallDataPatch, cx: &OpCx) -> Result<Receipt> {
        let operation = Operation::PatchData;
        self.call(call)?;
        let steps = self.steps(call, &patch)?;
        let path = self.call_path(call)?;
        let goal = Goal::Data(call.clone(), patch);
        let wait = patience(&goal, &self.config);
        let outcome = self.begin(operation, Some(call), wait, cx);
        self.book().expectations.expect(&cx.op, goal);
        let mut sent = Ok(());
        for (done, body) in steps.iter().enumerate() {
            let answer = self.post(path.clone(), body, Asked::Call, self.deadline(cx)).await;
            sent = answer.map(drop).map_err(|error| match error.effect() {
                // What came before this step stays done.
                Effect::None if done > 0 => error.with_effect(Effect::Applied),
                _ => error,
            });
            if sent.is_err() {
                break;
            }
        }
        self.follow_up(sent, operation, Some(call), outcome, wait, cx)
    }

    /// Removals first, so that what is set stays.
    fn steps(&self, call: &CallId, patch: &CallDataPatch) -> Result<Vec<Body>> {
        let mut steps = Vec::new();
        if patch.clear {
            steps.push(Body::op("DeleteUserData"));
        } else {
            let unset = patch.remove.iter().filter(|key| !patch.set.contains_key(*key));
            steps.extend(unset.map(|key| Body::op("DeleteUserDataPair").key(key)));
        }
        for body in &steps {
            self.permit(call, body)?;
        }
        if !patch.set.is_empty() {
            steps.push(self.setting(call, &patch.set)?);
        }
        Ok(steps)
    }

    /// `UpdateUserData` replaces or adds. `AttachUserData` only adds and can double a key, so it stands in for keys alone that are new.
    fn setting(&self, call: &CallId, pairs: &BTreeMap<String, String>) -> Result<Body> {
        let permits = |name: &str| self.book().calls.permits(call, name);
        if permits("UpdateUserData") != Some(false) {
            return Ok(Body::op("UpdateUserData").user_data(pairs));
        }
        let known = self.call(call)?.data.0;
        let all_new = pairs.keys().all(|key| !known.contains_key(key));
        if all_new && permits("AttachUserData") == Some(true) {
            return Ok(Body::op("AttachUserData").user_data(pairs));
        }
        Err(not_now(call, "UpdateUserData"))
    }
}
