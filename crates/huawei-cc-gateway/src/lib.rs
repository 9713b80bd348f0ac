//! callcontrol adapter for Huawei CC-Gateway (AgentGateway).
