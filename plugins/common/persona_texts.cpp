#include "persona_texts.hpp"

#include <stdexcept>
#include <utility>

#include "filled_setting.hpp"
#include "persona_file.hpp"

namespace jackfield {
namespace {

// Those of the settings count before the persona's.
void add_variables(const Persona& persona, gstpp::StructurePtr& variables) {
  if (!variables) variables.reset(gst_structure_new_empty("application/x-variables"));
  for (const auto& [name, value] : persona.variables) {
    if (!gst_structure_has_field(variables.get(), name.c_str()))
      gst_structure_set(variables.get(), name.c_str(), G_TYPE_STRING, value.c_str(), nullptr);
  }
}

}  // namespace

gstpp::StructurePtr copy_variables(const GstStructure* variables) {
  return gstpp::StructurePtr{variables ? gst_structure_copy(variables) : nullptr};
}

std::optional<PersonaTexts> prepare_persona_texts(GstElement* element, PersonaSettings settings) {
  Persona persona;
  try {
    if (!settings.file.empty()) persona = load_persona(settings.file);
  } catch (const std::runtime_error& mistake) {
    GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS, ("%s", mistake.what()), (nullptr));
    return std::nullopt;
  }
  PersonaTexts texts;
  texts.variables = std::move(settings.variables);
  add_variables(persona, texts.variables);
  texts.greeting_of_persona = settings.greeting.empty() && !persona.greeting.empty();
  const auto fill = [&](const std::string& what, const std::string& text) {
    return fill_setting(element, what, text, texts.variables.get());
  };
  auto instructions = fill("instructions", settings.instructions);
  auto greeting =
      fill("greeting", texts.greeting_of_persona ? persona.greeting : settings.greeting);
  auto text = fill(settings.file, persona.text);
  if (!instructions || !greeting || !text) return std::nullopt;
  texts.greeting = std::move(*greeting);
  text->erase(0, text->find_first_not_of("\r\n"));
  if (!text->empty() && !instructions->empty()) *text += "\n\n";
  texts.instructions = *text + *instructions;
  return texts;
}

}  // namespace jackfield
