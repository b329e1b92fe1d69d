// The routes about scenarios: what there is, and starting one that runs by itself. Main thread.
#pragma once

#include "control/control_parts.hpp"
#include "control/scenario_catalog.hpp"
#include "control/scenario_runs.hpp"

namespace jackfield {

// All must outlive the router.
void add_scenario_routes(ApiRouter& router, ControlParts& parts, ScenarioCatalog& catalog,
                         ScenarioRuns& runs);

}  // namespace jackfield
