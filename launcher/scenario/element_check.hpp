// Looks at elements and properties of a pipeline text without building it.
#pragma once

#include <vector>

#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/pipeline_words.hpp"

namespace jackfield {

// What is wrong with the elements of `words`; the offsets are those of the text they were read
// from. GStreamer must be initialised.
std::vector<TextError> check_elements(const PipelineWords& words);

}  // namespace jackfield
