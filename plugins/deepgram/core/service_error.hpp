// Deepgram's errors, as messages and as refusals of a connection.
#pragma once

#include "json_reader.hpp"
#include "stt_service.hpp"

namespace deepgram {

// Of a message of type "Error"; v1 and v2 name the fields differently.
jackfield::SttError read_error(const jackfield::JsonValue& message);

// What an HTTP status says to somebody who set the key and the model. std::nullopt: nothing
// special.
std::optional<jackfield::SttError> explain_status(int status, std::string_view details);

}  // namespace deepgram
