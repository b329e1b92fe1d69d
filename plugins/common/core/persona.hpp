// Who an agent is: a text for the language model with a head that says the rest, as Markdown files
// with "front matter" have it (docs/personas.md). Pure; any thread.
//
//     ---
//     name: Anna
//     greeting: Hello, this is Anna.
//     ---
//     You are ${name}. ...
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json_reader.hpp"

namespace jackfield {

struct Persona {
  std::string name;
  std::string language;  // ISO 639-1
  std::string greeting;
  std::string voice;                          // of any service
  std::map<std::string, std::string> voices;  // by the element that speaks, "openaitts"
  // Functions that the model may call; nothing: all that it is offered.
  std::optional<std::vector<std::string>> may;
  // For ${...} in text and greeting; name and language are among them.
  std::map<std::string, std::string> variables;
  // What the model is told. As many empty lines as the head has stand before it, so that places in
  // it are those in the file.
  std::string text;
};

// UTF-8. Throws PositionedError.
Persona read_persona(std::string_view file);

}  // namespace jackfield
