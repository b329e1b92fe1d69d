// Presets (GstPreset) that an element brings along, besides those that a user saves in files.
#pragma once

#include <gst/gst.h>

#include <span>

#include "export.hpp"

namespace jackfield {

struct PresetValue {
  const char* property;
  const char* value;  // as in launch text
};
struct ConstantPreset {
  const char* name;
  const char* comment;
  std::span<const PresetValue> values;
};

// To be called in the interface_init of GST_TYPE_PRESET. `presets` have to last for ever. They can
// be loaded by any thread that may set the properties; saving, renaming and deleting them is
// refused.
JACKFIELD_API void init_constant_presets(gpointer interface,
                                         std::span<const ConstantPreset> presets);

}  // namespace jackfield
