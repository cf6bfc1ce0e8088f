//! XID errors, which the driver tells as events while a program listens.

#[cfg(target_os = "linux")]
pub(super) use linux::Xids;

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::Xids;

#[cfg(target_os = "linux")]
mod linux {
    use nvml_wrapper::bitmasks::event::EventTypes;
    use nvml_wrapper::enums::event::XidError;
    use nvml_wrapper::event::EventSet;
    use nvml_wrapper::{Device, Nvml};

    use super::super::{because, told};

    /// Most events taken at once, lest a GPU in a storm of errors holds the program up.
    const MOST: u32 = 1000;

    /// The XID errors heard since this was made.
    #[derive(Debug)]
    pub struct Xids {
        set: EventSet<'static>,
        count: u32,
        last: Option<u64>,
    }

    impl Xids {
        pub fn listen(nvml: &'static Nvml, device: &Device<'static>) -> Result<Self, String> {
            let set = told(nvml.create_event_set())?;
            let events = EventTypes::CRITICAL_XID_ERROR;
            let set = device.register_events(events, set);
            Ok(Self {
                set: set.map_err(|error| because(&error.error))?,
                count: 0,
                last: None,
            })
        }

        /// How many, and the number of the last. Takes what waits, and waits for nothing.
        pub fn heard(&mut self) -> (u32, Option<u64>) {
            for _ in 0..MOST {
                let Ok(event) = self.set.wait(0) else { break };
                let Some(error) = event.event_data else {
                    continue;
                };
                self.count += 1;
                self.last = Some(match error {
                    XidError::Value(number) => number,
                    // As NVML says it itself.
                    XidError::Unknown => 999,
                });
            }
            (self.count, self.last)
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use nvml_wrapper::{Device, Nvml};

    /// NVML has events on Linux only.
    #[derive(Debug)]
    pub enum Xids {}

    impl Xids {
        pub fn listen(_: &'static Nvml, _: &Device<'static>) -> Result<Self, String> {
            Err("NVML tells XID errors on Linux only".into())
        }

        pub fn heard(&mut self) -> (u32, Option<u64>) {
            match *self {}
        }
    }
}
