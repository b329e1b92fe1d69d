// The examinations of `jackfield doctor`. Each looks, changes nothing, and takes a bounded time.
// GStreamer must be initialised. Main thread.
#pragma once

#include <cstdint>
#include <string>

#include "doctor/core/finding.hpp"
#include "scenario/core/variables.hpp"

namespace jackfield {

// The elements that the shipped scenarios need.
Findings examine_plugins();
// The voice activity model (that it can be read, and its checksum), pocketsphinx's models.
Findings examine_models();
// The sound server and its devices. `needed`: without a device it is a failure.
Findings examine_audio(bool needed);
Findings examine_machine();
// The folder recordings would go to.
Findings examine_storage(const std::string& folder);
// Can this port of 127.0.0.1 be listened at? `needed`: else it is no more than a warning.
Findings examine_port(std::uint16_t port, bool needed);
// Programs that the shipped tools files start.
Findings examine_tools();
// Keys of providers in the environment: whether they are there, never what they are.
Findings examine_keys();

}  // namespace jackfield
