//! One call-control API over Huawei CC-Gateway, Huawei OIFDE and Genesys Web Services, chosen by configuration.
