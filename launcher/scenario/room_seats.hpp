// The seats of a room: the pipeline files that its mixer names, checked with it.
#pragma once

#include <string>
#include <vector>

#include "scenario/pipeline_file.hpp"

namespace jackfield {

// Adds to `checked`, a room's, its seats with their variables, keys and warnings. What is wrong
// goes to `errors` at the place of `seats` in the room's file. `pipeline` is the room as it was
// built.
void check_seats(const PipelineFile& room, const PropertyUse& seats, GstElement* pipeline,
                 const Variables& variables, CheckedPipeline& checked,
                 std::vector<TextError>& errors);

}  // namespace jackfield
