// All that can be told of a pipeline file without running it, as JSON: `jackfield check --json`.
#pragma once

#include <string>

#include "records/message_json.hpp"
#include "scenario/core/variables.hpp"

namespace jackfield {

// {"file","title","kind","runs-alone","desk","variables":[{"name","default","needed"}],
//  "errors":[{"line","column","text","hint","source","source-column"}],"warnings":[text],"missing-keys":[text]};
//  see
// docs/running.md. Never has a value of a variable in it but defaults that stand in the file.
// GStreamer must be initialised.
JsonObjectPtr report_scenario(const std::string& path, const Variables& variables);

// The report of a file of which nothing more is known than what is wrong.
JsonObjectPtr report_failure(const std::string& path, const std::string& error);

bool has_errors(JsonObject* report);

}  // namespace jackfield
