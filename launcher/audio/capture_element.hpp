// Which elements are microphones.
#pragma once

#include <string>

namespace jackfield {

// Does an element of this factory take sound from a device? GStreamer must be initialised.
bool is_capture_element(const std::string& factory);

}  // namespace jackfield
