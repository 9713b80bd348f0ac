//! What a call carries besides voices: call data and key presses.

use super::{LegState, Party, Refusal, Reply, Switch, SwitchCallId, SwitchEvent};

impl Switch {
    /// Sets or replaces these pairs of call data; others stay.
    pub fn set_data<K, V>(&mut self, call: SwitchCallId, pairs: impl IntoIterator<Item = (K, V)>) -> Reply
    where
        K: Into<String>,
        V: Into<String>,
    {
        let pairs = pairs.into_iter().map(|(key, value)| (key.into(), value.into()));
        self.live_mut(call)?.data.extend(pairs);
        self.data_changed(call);
        Ok(())
    }

    /// Removes one pair of call data, if it is there.
    pub fn remove_data(&mut self, call: SwitchCallId, key: &str) -> Reply {
        self.live_mut(call)?.data.remove(key);
        self.data_changed(call);
        Ok(())
    }

    /// Sets or removes the call data that is one text.
    pub fn set_opaque(&mut self, call: SwitchCallId, text: Option<String>) -> Reply {
        self.live_mut(call)?.opaque = text;
        self.data_changed(call);
        Ok(())
    }

    /// Removes all call data, pairs and text.
    pub fn clear_data(&mut self, call: SwitchCallId) -> Reply {
        let live = self.live_mut(call)?;
        live.data.clear();
        live.opaque = None;
        self.data_changed(call);
        Ok(())
    }

    /// An agent sends tones into the call.
    pub fn send_dtmf(&mut self, agent: &str, call: SwitchCallId, digits: &str) -> Reply {
        check_digits(digits)?;
        let me = self.signed_in(agent)?;
        match self.state_in(call, &me)? {
            LegState::Talking | LegState::Dialing => {}
            LegState::Alerting | LegState::Held | LegState::Waiting | LegState::InIvr | LegState::Parked => {
                return Err(Refusal::wrong_state(call, "an agent who is talking or dialling"));
            }
        }
        self.emit(SwitchEvent::DtmfSent {
            call,
            by: agent.into(),
            digits: digits.into(),
        });
        Ok(())
    }

    /// Passes the customer's key presses on to the IVR in the agent's conference, or no longer.
    pub fn relay_dtmf(&mut self, agent: &str, call: SwitchCallId, on: bool) -> Reply {
        self.talking(agent, call)?;
        let live = self.live_mut(call)?;
        let customer_is_in = live
            .customer
            .as_ref()
            .is_some_and(|customer| live.leg(customer).is_some());
        if live.ivr().is_none() || !customer_is_in {
            return Err(Refusal::wrong_state(call, "a conference with the customer and an IVR"));
        }
        live.relays_digits = on;
        self.emit(SwitchEvent::DtmfRelayed {
            call,
            by: agent.into(),
            on,
        });
        Ok(())
    }

    /// The customer presses keys. They reach an IVR when the customer is in its flow, or when an agent relays them.
    /// Answers the code of the IVR that got them.
    pub fn customer_digits(&mut self, call: SwitchCallId, digits: &str) -> Reply<Option<String>> {
        check_digits(digits)?;
        let live = self.live(call)?;
        let customer = live.customer.as_ref().ok_or(Refusal::wrong_state(call, "a customer"))?;
        let reaches = match self.state_in(call, customer)? {
            LegState::InIvr => true,
            LegState::Talking => live.relays_digits,
            LegState::Alerting | LegState::Dialing | LegState::Held | LegState::Waiting | LegState::Parked => {
                return Err(Refusal::wrong_state(call, "a customer who is connected"));
            }
        };
        let reached = live.ivr().filter(|_| reaches).map(String::from);
        self.emit(SwitchEvent::CustomerDigits {
            call,
            digits: digits.into(),
            reached: reached.clone(),
        });
        Ok(reached)
    }

    /// The customer of a live call.
    pub fn customer_of(&self, call: SwitchCallId) -> Option<&Party> {
        self.calls.get(&call)?.customer.as_ref()
    }

    pub(super) fn data_changed(&mut self, id: SwitchCallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let (data, opaque) = (call.data.clone(), call.opaque.clone());
        self.emit(SwitchEvent::DataChanged { call: id, data, opaque });
    }
}

fn check_digits(digits: &str) -> Reply {
    let is_key = |key: char| key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D');
    if !digits.is_empty() && digits.chars().all(is_key) {
        Ok(())
    } else {
        Err(Refusal::Invalid("digits"))
    }
}
