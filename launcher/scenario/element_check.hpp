// Looks at elements and properties of a pipeline text without building it.
#pragma once

#include <gst/gst.h>

#include <string>
#include <vector>

#include "scenario/core/pipeline_text.hpp"
#include "scenario/core/pipeline_words.hpp"

namespace jackfield {

// What is wrong with the elements of `words`; the offsets are those of the text they were read
// from. GStreamer must be initialised.
std::vector<TextError> check_elements(const PipelineWords& words);

// The elements of `words`, and behind each those of the stages that are described in it.
std::vector<ElementUse> with_stages(const PipelineWords& words);

// What keeps an element in NULL from `state`; "" if nothing does. It is in NULL again afterwards,
// without a bus, and good for nothing else: it has been told that this is a trial (trial.hpp).
std::string why_not(GstElement* element, GstState state);

}  // namespace jackfield
