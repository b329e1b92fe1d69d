#include "model_settings.hpp"

#include <algorithm>

#include "action_signals.hpp"
#include "element_properties.hpp"

namespace agentbrain {

using jackfield::property_of;
using jackfield::text_property;

void give_instructions(GstElement* stage, const std::string& instructions, bool always) {
  const gstpp::ElementPtr model = find_element(stage, [](GstElement* element) {
    return property_of(element, "instructions", G_TYPE_STRING) != nullptr;
  });
  if (!model) return;
  GParamSpec* spec = property_of(model.get(), "instructions", G_TYPE_STRING);
  const gchar* usual = G_PARAM_SPEC_STRING(spec)->default_value;
  if (always || text_property(model.get(), "instructions") == (usual ? usual : ""))
    g_object_set(model.get(), "instructions", instructions.c_str(), nullptr);
}

void give_patience(GstElement* stage, guint64 time) {
  constexpr const char* kName = "first-token-timeout";
  const gstpp::ElementPtr model = find_element(stage, [](GstElement* element) {
    return property_of(element, kName, G_TYPE_UINT64) != nullptr;
  });
  if (!model) return;
  const GParamSpecUInt64* spec =
      G_PARAM_SPEC_UINT64(property_of(model.get(), kName, G_TYPE_UINT64));
  guint64 now = 0;
  g_object_get(model.get(), kName, &now, nullptr);
  if (now == spec->default_value && time > now)
    g_object_set(model.get(), kName, std::min<guint64>(time, spec->maximum), nullptr);
}

}  // namespace agentbrain
