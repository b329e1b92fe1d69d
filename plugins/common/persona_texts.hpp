// What the texts of a language model's settings, and of its persona, come to.
#pragma once

#include <gst/gst.h>

#include <optional>
#include <string>

#include "gstpp.hpp"

namespace jackfield {

// The settings: their texts may hold ${variables}.
struct PersonaSettings {
  std::string file;  // of the persona, "": none
  std::string instructions;
  std::string greeting;
  gstpp::StructurePtr variables;  // may be null
};

struct PersonaTexts {
  std::string instructions;  // the persona's text before those of the settings
  std::string greeting;      // that of the settings, else the persona's
  bool greeting_of_persona = false;
  gstpp::StructurePtr variables;  // never null; those of the settings count before the persona's
};

// A copy of a setting, which may be null. Under the object lock.
gstpp::StructurePtr copy_variables(const GstStructure* variables);

// Reads the persona's file, and fills in the variables. std::nullopt after an element error. Not
// under the object lock.
std::optional<PersonaTexts> prepare_persona_texts(GstElement* element, PersonaSettings settings);

}  // namespace jackfield
