//! Simulators of Huawei CC-Gateway, Huawei OIFDE and Genesys Web Services over one model switch.
