#include "scenario/scenario_report.hpp"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "scenario/core/scenario_outline.hpp"
#include "scenario/core/source_position.hpp"
#include "scenario/pipeline_file.hpp"

namespace jackfield {
namespace {

// Files may be broken in any way; a report is for people.
constexpr std::size_t kMostErrors = 100;
constexpr std::size_t kMostVariables = 200;
constexpr std::size_t kLongestText = 2000;  // bytes

void set_text(JsonObject* object, const char* name, const std::string& text) {
  if (text.size() <= kLongestText) return json_object_set_string_member(object, name, text.c_str());
  const gstpp::CharPtr valid{g_utf8_make_valid(text.data(), kLongestText)};
  json_object_set_string_member(object, name, (std::string{valid.get()} + "\xE2\x80\xA6").c_str());
}

JsonArray* texts(const std::vector<std::string>& list) {
  JsonArray* array = json_array_new();
  for (const std::string& text : list) json_array_add_string_element(array, text.c_str());
  return array;
}

JsonArray* variables_json(const std::vector<ScenarioVariable>& variables) {
  JsonArray* array = json_array_new();
  for (const ScenarioVariable& variable : variables) {
    if (json_array_get_length(array) == kMostVariables) break;
    JsonObject* object = json_object_new();
    set_text(object, "name", variable.name);
    if (variable.fallback)
      set_text(object, "default", *variable.fallback);
    else
      json_object_set_null_member(object, "default");
    json_object_set_boolean_member(object, "needed", variable.needed);
    json_array_add_object_element(array, object);
  }
  return array;
}

void add_error(JsonArray* errors, std::string_view source, std::size_t offset,
               const std::string& text, const std::string& hint) {
  if (json_array_get_length(errors) == kMostErrors) return;
  const SourcePosition where = position_of(source, offset);
  const ShownLine shown = shown_line(source, offset);
  JsonObject* error = json_object_new();
  json_object_set_int_member(error, "line", static_cast<gint64>(where.line));
  json_object_set_int_member(error, "column", static_cast<gint64>(where.column));
  set_text(error, "text", text);
  set_text(error, "hint", hint);
  const gstpp::CharPtr valid{
      g_utf8_make_valid(shown.text.data(), static_cast<gssize>(shown.text.size()))};
  set_text(error, "source", valid.get());
  json_object_set_int_member(error, "source-column", static_cast<gint64>(shown.column));
  json_array_add_object_element(errors, error);
}

JsonObjectPtr begin(const std::string& path, const ScenarioOutline& outline) {
  JsonObjectPtr report{json_object_new()};
  JsonObject* object = report.get();
  set_text(object, "file", path);
  set_text(object, "title", outline.title);
  if (outline.kind)
    set_text(object, "kind", kind_word(*outline.kind));
  else
    json_object_set_null_member(object, "kind");
  json_object_set_boolean_member(object, "runs-alone", outline.kind == ScenarioKind::kOnce);
  json_object_set_boolean_member(object, "desk", FALSE);
  json_object_set_array_member(object, "variables", variables_json(outline.variables));
  json_object_set_array_member(object, "errors", json_array_new());
  json_object_set_array_member(object, "warnings", json_array_new());
  json_object_set_array_member(object, "missing-keys", json_array_new());
  return report;
}

}  // namespace

bool has_errors(JsonObject* report) {
  return json_array_get_length(json_object_get_array_member(report, "errors")) > 0;
}

JsonObjectPtr report_failure(const std::string& path, const std::string& error) {
  JsonObjectPtr report = begin(path, {});
  add_error(json_object_get_array_member(report.get(), "errors"), "", 0, error, "");
  return report;
}

JsonObjectPtr report_scenario(const std::string& path, const Variables& variables) {
  std::string error;
  const auto file = PipelineFile::read(path, error);
  if (!file) {
    if (error.starts_with(path + ": ")) error.erase(0, path.size() + 2);
    return report_failure(path, error);
  }
  const auto lookup = [&](std::string_view name) { return variables.find(name); };
  JsonObjectPtr report = begin(path, outline_scenario(file->source(), lookup));
  std::vector<TextError> errors;
  const auto checked = check_pipeline(*file, variables, errors);
  JsonArray* list = json_object_get_array_member(report.get(), "errors");
  for (const TextError& wrong : errors)
    add_error(list, file->source(), wrong.offset, wrong.message, wrong.hint);
  if (!checked) return report;
  json_object_set_boolean_member(report.get(), "desk", checked->desk);
  json_object_set_array_member(report.get(), "warnings", texts(checked->warnings));
  std::vector<std::string> missing;
  for (const MissingKey& key : checked->missing_keys) missing.push_back(key.text());
  json_object_set_array_member(report.get(), "missing-keys", texts(missing));
  return report;
}

}  // namespace jackfield
