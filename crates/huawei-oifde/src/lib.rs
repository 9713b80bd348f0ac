//! callcontrol adapter for Huawei OIFDE (the robot/IVR flow engine).
