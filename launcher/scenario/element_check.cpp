#include "scenario/element_check.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <array>
#include <utility>

#include "plugins/common/core/settings_text.hpp"
#include "plugins/common/gstpp.hpp"
#include "plugins/common/trial.hpp"
#include "scenario/core/nearest.hpp"
#include "scenario/core/packages.hpp"

namespace jackfield {
namespace {

// Properties whose value is itself the description of elements.
constexpr auto kStageProperties = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"agentbrain", "stt"},
    {"agentbrain", "llm"},
    {"agentbrain", "tts"},
    {"agentbrain", "stt-fallback"},
    {"agentbrain", "llm-fallback"},
    {"agentbrain", "tts-fallback"},
    {"agentbrain", "realtime"},
    {"agentbrain", "thinker"},
    {"agentloop", "llm"},
});

// Properties that name a file which must be there before the pipeline starts.
constexpr auto kInputFiles = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"agentbrain", "persona"},
    {"agentbrain", "tools"},
    {"agentloop", "prices"},
    {"agentloop", "tools"},
    {"filesrc", "location"},
    {"pocketsphinxstt", "grammar"},
    {"scriptedllm", "script"},
    {"turndetector", "model"},
});

template <std::size_t N>
bool listed(const std::array<std::pair<std::string_view, std::string_view>, N>& table,
            const ElementUse& element, const PropertyUse& property) {
  return std::find(table.begin(), table.end(),
                   std::pair<std::string_view, std::string_view>{element.factory, property.name}) !=
         table.end();
}

std::vector<std::string> factory_names() {
  std::vector<std::string> names;
  GList* features = gst_registry_get_feature_list(gst_registry_get(), GST_TYPE_ELEMENT_FACTORY);
  for (GList* item = features; item; item = item->next)
    names.emplace_back(gst_plugin_feature_get_name(GST_PLUGIN_FEATURE(item->data)));
  gst_plugin_feature_list_free(features);
  return names;
}

std::vector<std::string> property_names(GObjectClass* type) {
  guint count = 0;
  std::unique_ptr<GParamSpec* [], gstpp::FreeWith<g_free>> specs {
    g_object_class_list_properties(type, &count)
  };
  std::vector<std::string> names;
  for (guint i = 0; i < count; ++i) names.emplace_back(specs[i]->name);
  return names;
}

// The allowed values of an enum or the range of a number, for a hint.
std::string allowed_values(GParamSpec* spec) {
  if (G_IS_PARAM_SPEC_ENUM(spec)) {
    const GEnumClass* type = G_PARAM_SPEC_ENUM(spec)->enum_class;
    std::string text = "one of:";
    for (guint i = 0; i < type->n_values; ++i)
      text += std::string{i > 0 ? ", " : " "} + type->values[i].value_nick;
    return text;
  }
  if (G_IS_PARAM_SPEC_BOOLEAN(spec)) return "true or false";
  const auto range = [](auto low, auto high) {
    return "from " + std::to_string(low) + " to " + std::to_string(high);
  };
  if (G_IS_PARAM_SPEC_INT(spec))
    return range(G_PARAM_SPEC_INT(spec)->minimum, G_PARAM_SPEC_INT(spec)->maximum);
  if (G_IS_PARAM_SPEC_UINT(spec))
    return range(G_PARAM_SPEC_UINT(spec)->minimum, G_PARAM_SPEC_UINT(spec)->maximum);
  if (G_IS_PARAM_SPEC_INT64(spec))
    return range(G_PARAM_SPEC_INT64(spec)->minimum, G_PARAM_SPEC_INT64(spec)->maximum);
  if (G_IS_PARAM_SPEC_UINT64(spec))
    return range(G_PARAM_SPEC_UINT64(spec)->minimum, G_PARAM_SPEC_UINT64(spec)->maximum);
  if (G_IS_PARAM_SPEC_FLOAT(spec))
    return range(G_PARAM_SPEC_FLOAT(spec)->minimum, G_PARAM_SPEC_FLOAT(spec)->maximum);
  if (G_IS_PARAM_SPEC_DOUBLE(spec))
    return range(G_PARAM_SPEC_DOUBLE(spec)->minimum, G_PARAM_SPEC_DOUBLE(spec)->maximum);
  return std::string{"of type "} + g_type_name(spec->value_type);
}

void check_value(const ElementUse& element, const PropertyUse& use, GParamSpec* spec,
                 std::vector<TextError>& errors) {
  // gst_parse_launch builds elements and looks up objects from text itself.
  if (g_type_is_a(spec->value_type, G_TYPE_OBJECT)) return;
  GValue value = G_VALUE_INIT;
  g_value_init(&value, spec->value_type);
  const bool readable = gst_value_deserialize_with_pspec(&value, use.value.c_str(), spec);
  // Changes the value, and says so, when it is out of range.
  const bool out_of_range = readable && G_TYPE_FUNDAMENTAL(spec->value_type) != G_TYPE_STRING &&
                            g_param_value_validate(spec, &value);
  g_value_unset(&value);
  if (readable && !out_of_range) return;
  errors.push_back({use.value_offset,
                    "'" + use.value + "' is not a value for the property '" + use.name + "' of '" +
                        element.factory + "'",
                    "it must be " + allowed_values(spec)});
}

void check_stage(const PropertyUse& use, std::vector<TextError>& errors) {
  const auto place = [&](std::size_t offset) {
    return offset < use.value_origins.size() ? use.value_origins[offset] : use.value_offset;
  };
  auto inner = read_pipeline_words(use.value);
  std::vector<TextError> found;
  if (auto* error = std::get_if<TextError>(&inner)) {
    found.push_back(*error);
  } else {
    found = check_elements(std::get<PipelineWords>(inner));
  }
  for (TextError& error : found) {
    error.offset = place(error.offset);
    errors.push_back(std::move(error));
  }
}

// Blanks stand for none where the shell would swallow an empty value (check --print).
void check_property(const ElementUse& element, const PropertyUse& use, GObjectClass* type,
                    std::vector<TextError>& errors) {
  // Presets, and properties of pads and children, are known only to the instance.
  if (use.name.starts_with("@") || use.name.find("::") != std::string::npos) return;
  GParamSpec* spec = g_object_class_find_property(type, use.name.c_str());
  if (!spec) {
    std::string hint = did_you_mean(use.name, property_names(type));
    hint += std::string{hint.empty() ? "" : " "} + "(gst-inspect-1.0 " + element.factory +
            " lists them all)";
    errors.push_back({use.name_offset,
                      "the element '" + element.factory + "' has no property '" + use.name + "'",
                      std::move(hint)});
    return;
  }
  if (!(spec->flags & G_PARAM_WRITABLE)) {
    errors.push_back(
        {use.name_offset,
         "the property '" + use.name + "' of '" + element.factory + "' can only be read", ""});
    return;
  }
  check_value(element, use, spec, errors);
  if (listed(kStageProperties, element, use) && !is_blank(use.value)) check_stage(use, errors);
  if (listed(kInputFiles, element, use) && !is_blank(use.value) &&
      !g_file_test(use.value.c_str(), G_FILE_TEST_EXISTS)) {
    errors.push_back({use.value_offset, "there is no file '" + use.value + "'",
                      "the path counts from the folder you are in; ${HERE} is the folder of the "
                      "pipeline file"});
  }
}

}  // namespace

std::vector<TextError> check_elements(const PipelineWords& words) {
  std::vector<TextError> errors;
  for (const ElementUse& element : words.elements) {
    gstpp::ObjectPtr<GstElementFactory> found{gst_element_factory_find(element.factory.c_str())};
    gstpp::ObjectPtr<GstPluginFeature> loaded{
        found ? gst_plugin_feature_load(GST_PLUGIN_FEATURE(found.get())) : nullptr};
    if (!loaded) {
      std::string hint = how_to_get(element.factory);
      if (hint.empty()) hint = did_you_mean(element.factory, factory_names());
      if (hint.empty())
        hint =
            "gst-inspect-1.0 lists the elements that are installed; apt-cache search gstreamer1.0 "
            "the packages with more";
      errors.push_back({element.offset,
                        found
                            ? "the plugin of the element '" + element.factory + "' cannot be loaded"
                            : "there is no element '" + element.factory + "'",
                        std::move(hint)});
      continue;
    }
    const GType type = gst_element_factory_get_element_type(GST_ELEMENT_FACTORY(loaded.get()));
    auto* type_class = static_cast<GObjectClass*>(g_type_class_ref(type));
    for (const PropertyUse& use : element.properties)
      check_property(element, use, type_class, errors);
    g_type_class_unref(type_class);
  }
  return errors;
}

std::vector<ElementUse> with_stages(const PipelineWords& words) {
  std::vector<ElementUse> all;
  for (const ElementUse& element : words.elements) {
    all.push_back(element);
    for (const PropertyUse& use : element.properties) {
      if (!listed(kStageProperties, element, use)) continue;
      const auto inner = read_pipeline_words(use.value);
      if (const auto* stage = std::get_if<PipelineWords>(&inner))
        all.insert(all.end(), stage->elements.begin(), stage->elements.end());
    }
  }
  return all;
}

std::string why_not(GstElement* element, GstState state) {
  jackfield::set_trial(element);
  // Of its own: that of the pipeline takes nothing while the pipeline is in NULL.
  gstpp::BusPtr bus{gst_bus_new()};
  gst_element_set_bus(element, bus.get());
  std::string why;
  if (gst_element_set_state(element, state) == GST_STATE_CHANGE_FAILURE) {
    why = "it cannot be started";
    if (gstpp::MessagePtr message{gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR)}) {
      gstpp::ErrorPtr error;
      gst_message_parse_error(message.get(), gstpp::OutPtr{error}, nullptr);
      why = error->message;
    }
  }
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  return why;
}

}  // namespace jackfield
