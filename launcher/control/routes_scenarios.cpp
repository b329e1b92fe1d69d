#include "control/routes_scenarios.hpp"

#include <algorithm>
#include <utility>

#include "scenario/core/nearest.hpp"
#include "scenario/scenario_report.hpp"

namespace jackfield {
namespace {

JsonObjectPtr entry_json(const ScenarioCatalog::Entry& entry) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  JsonObject* report = entry.report.get();
  json_object_set_string_member(object, "name", entry.name.c_str());
  for (const char* member : {"title", "kind", "runs-alone", "variables", "errors"})
    json_object_set_member(object, member, json_node_copy(json_object_get_member(report, member)));
  if (entry.line.empty())
    json_object_set_null_member(object, "served-by");
  else
    json_object_set_string_member(object, "served-by", entry.line.c_str());
  // Without its key a scenario does not start, and there is nothing wrong with the file.
  JsonArray* warnings = json_array_new();
  for (const char* member : {"missing-keys", "warnings"}) {
    JsonArray* list = json_object_get_array_member(report, member);
    for (guint i = 0; i < json_array_get_length(list); ++i)
      json_array_add_string_element(warnings, json_array_get_string_element(list, i));
  }
  json_object_set_array_member(object, "warnings", warnings);
  return json;
}

// "it is the line 'reception': it is called, at https://..."
std::string how_it_is_reached(const ControlParts& parts, const ScenarioCatalog::Entry& entry,
                              const std::string& kind) {
  if (entry.line.empty())
    return "it serves " + std::string{kind == "phone" ? "phone" : "browser"} +
           " calls, and no line of this server has it: jackfield run " + entry.name;
  for (const LineView& line : parts.directory.lines()) {
    if (line.name != entry.line) continue;
    const std::string& where = line.page.empty() ? line.url : line.page;
    return "it is the line '" + entry.line + "', which is called" +
           (where.empty() ? "" : ": " + where);
  }
  return "it is the line '" + entry.line + "', which is called";
}

// Why the scenario cannot be started; ok() when it can.
HostResult judge(const ControlParts& parts, const ScenarioCatalog::Entry& entry) {
  JsonObject* report = entry.report.get();
  const auto conflict = [](const char* code, std::string text) {
    return HostResult{SOUP_STATUS_CONFLICT, code, std::move(text)};
  };
  const char* kind = json_object_get_string_member_with_default(report, "kind", "");
  if (*kind && !json_object_get_boolean_member(report, "runs-alone"))
    return conflict("serves-calls", how_it_is_reached(parts, entry, kind));
  if (has_errors(report)) {
    JsonObject* error =
        json_array_get_object_element(json_object_get_array_member(report, "errors"), 0);
    return conflict("scenario-has-errors",
                    entry.name + ":" + std::to_string(json_object_get_int_member(error, "line")) +
                        ": " + json_object_get_string_member(error, "text"));
  }
  JsonArray* keys = json_object_get_array_member(report, "missing-keys");
  if (json_array_get_length(keys) > 0)
    return conflict("missing-key", json_array_get_string_element(keys, 0));
  return {};
}

void start_scenario(ControlParts& parts, ScenarioRuns& runs, const std::string& name,
                    const ScenarioCatalog::Entries& entries, ApiAnswer& answer) {
  const auto entry = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& one) { return one.name == name; });
  if (entry == entries.end()) {
    std::vector<std::string> names;
    for (const auto& one : entries) names.push_back(one.name);
    const std::string near = did_you_mean(name, names);
    return answer.error(SOUP_STATUS_NOT_FOUND, "no-such-scenario",
                        "there is no scenario of this name" +
                            (near.empty() ? "; GET /api/v1/scenarios lists them" : "; " + near));
  }
  HostResult result = judge(parts, *entry);
  std::string id;
  if (result.ok())
    id = runs.start({.name = entry->name,
                     .path = entry->path,
                     .desk = json_object_get_boolean_member(entry->report.get(), "desk") != FALSE},
                    result);
  if (id.empty()) return answer_with(answer, result);
  const JsonObjectPtr object{json_object_new()};
  if (const auto view = parts.directory.find(id))
    json_object_set_object_member(object.get(), "session", to_json(*view).release());
  answer.json(SOUP_STATUS_CREATED, object);
}

}  // namespace

void add_scenario_routes(ApiRouter& router, ControlParts& parts, ScenarioCatalog& catalog,
                         ScenarioRuns& runs) {
  router.add({.method = "GET", .path = "/api/v1/scenarios"},
             [&catalog](const ApiRequest&, const ApiAnswerPtr& answer) {
               if (!catalog.list([answer](const ScenarioCatalog::Entries& entries) {
                     JsonArray* array = json_array_new();
                     for (const auto& entry : entries)
                       json_array_add_object_element(array, entry_json(entry).release());
                     const JsonObjectPtr object{json_object_new()};
                     json_object_set_array_member(object.get(), "scenarios", array);
                     answer->json(SOUP_STATUS_OK, object);
                   }))
                 answer_busy(*answer);
             });
  router.add(
      {.method = "POST",
       .path = "/api/v1/sessions",
       .body = {{"scenario", JsonValue::Kind::kString, true}}},
      [&parts, &catalog, &runs](const ApiRequest& request, const ApiAnswerPtr& answer) {
        const HostResult possible = runs.can_start();
        if (!possible.ok()) return answer_with(*answer, possible);
        const std::string name = request.text("scenario").value_or("");
        if (!catalog.list([&parts, &runs, name, answer](const ScenarioCatalog::Entries& entries) {
              // Nobody would know of it.
              if (!answer->is_over()) start_scenario(parts, runs, name, entries, *answer);
            }))
          answer_busy(*answer);
      });
}

}  // namespace jackfield
