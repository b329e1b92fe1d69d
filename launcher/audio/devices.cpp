#include "audio/devices.hpp"

#include <gst/gst.h>

#include <algorithm>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>
#include <tuple>

#include "plugins/common/gstpp.hpp"
#include "scenario/core/pipeline_text.hpp"

namespace jackfield {
namespace {

constexpr char kSources[] = "Audio/Source";
constexpr char kSinks[] = "Audio/Sink";

// A property as gst-launch text; "" when it has none.
std::string value_text(const GValue* value) {
  if (G_VALUE_HOLDS_STRING(value)) {
    const gchar* text = g_value_get_string(value);
    return text ? escape_word(text) : "";
  }
  gstpp::CharPtr text{gst_value_serialize(value)};
  return text ? escape_word(text.get()) : "";
}

// The properties in which `element` differs from a new one of its kind: those that name the device.
std::vector<AudioProperty> own_properties(GstElement* element) {
  std::vector<AudioProperty> own;
  GstElementFactory* factory = gst_element_get_factory(element);
  GstElement* made = gst_element_factory_create(factory, nullptr);
  if (!made) return own;
  const gstpp::ElementPtr plain{static_cast<GstElement*>(gst_object_ref_sink(made))};
  guint count = 0;
  std::unique_ptr<GParamSpec* [], gstpp::FreeWith<g_free>> specs {
    g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count)
  };
  for (guint i = 0; i < count; ++i) {
    GParamSpec* spec = specs[i];
    const std::string name = spec->name;
    if ((spec->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE || name == "name" ||
        name == "parent" || (spec->flags & G_PARAM_DEPRECATED))
      continue;
    GValue value = G_VALUE_INIT;
    GValue plain_value = G_VALUE_INIT;
    g_value_init(&value, spec->value_type);
    g_value_init(&plain_value, spec->value_type);
    g_object_get_property(G_OBJECT(element), spec->name, &value);
    g_object_get_property(G_OBJECT(plain.get()), spec->name, &plain_value);
    if (g_param_values_cmp(spec, &value, &plain_value) != 0) {
      if (std::string text = value_text(&value); !text.empty())
        own.push_back({name, std::move(text)});
    }
    g_value_unset(&value);
    g_value_unset(&plain_value);
  }
  return own;
}

int property_number(const std::vector<AudioProperty>& properties, const char* name) {
  for (const AudioProperty& property : properties) {
    if (property.name == name) return std::atoi(property.value.c_str());
  }
  return 0;
}

void describe_launch(GstDevice* device, AudioPreset preset, AudioDevice& out) {
  GstElement* created = gst_device_create_element(device, nullptr);
  if (!created) return;
  const gstpp::ElementPtr element{static_cast<GstElement*>(gst_object_ref_sink(created))};
  GObjectClass* type = G_OBJECT_GET_CLASS(element.get());
  auto properties = own_properties(element.get());
  const auto wanted = out.capture ? capture_properties(preset) : playback_properties(preset);
  if (g_object_class_find_property(type, "low-latency"))
    properties.push_back({"low-latency", "true"});
  for (const AudioProperty& property : wanted) {
    if (g_object_class_find_property(type, property.name.c_str())) properties.push_back(property);
  }
  out.launch = GST_OBJECT_NAME(gst_element_get_factory(element.get()));
  for (const AudioProperty& property : properties)
    out.launch += " " + property.name + "=" + property.value;
  out.latency_us = property_number(properties, out.capture ? "latency-time" : "buffer-time");
}

void widen(std::pair<int, int>& range, const GValue* value) {
  const auto include = [&](int low, int high) {
    range.first = range.first == 0 ? low : std::min(range.first, low);
    range.second = std::max(range.second, high);
  };
  if (!value) return;
  if (G_VALUE_HOLDS_INT(value)) {
    include(g_value_get_int(value), g_value_get_int(value));
  } else if (GST_VALUE_HOLDS_INT_RANGE(value)) {
    include(gst_value_get_int_range_min(value), gst_value_get_int_range_max(value));
  } else if (GST_VALUE_HOLDS_LIST(value)) {
    for (guint i = 0; i < gst_value_list_get_size(value); ++i)
      widen(range, gst_value_list_get_value(value, i));
  }
}

void describe_caps(GstDevice* device, AudioDevice& out) {
  const gstpp::CapsPtr caps{gst_device_get_caps(device)};
  if (!caps || gst_caps_is_any(caps.get())) return;
  std::pair<int, int> channels{0, 0};
  for (guint i = 0; i < gst_caps_get_size(caps.get()); ++i) {
    const GstStructure* s = gst_caps_get_structure(caps.get(), i);
    if (!gst_structure_has_name(s, "audio/x-raw")) continue;
    widen(out.rates, gst_structure_get_value(s, "rate"));
    widen(channels, gst_structure_get_value(s, "channels"));
  }
  out.max_channels = static_cast<unsigned>(std::max(0, channels.second));
}

AudioDevice describe(GstDevice* device, AudioPreset preset) {
  AudioDevice out;
  gstpp::CharPtr name{gst_device_get_display_name(device)};
  out.name = name ? name.get() : "";
  out.capture = gst_device_has_classes(device, kSources);
  if (gstpp::StructurePtr properties{gst_device_get_properties(device)}) {
    out.is_default = gstpp::get_bool(properties.get(), "is-default", false);
    out.api = gstpp::get_string(properties.get(), "device.api");
    out.monitor = gstpp::get_string(properties.get(), "device.class") == "monitor";
  }
  describe_caps(device, out);
  describe_launch(device, preset, out);
  return out;
}

std::vector<AudioDevice> ask(AudioPreset preset) {
  const gstpp::ObjectPtr<GstDeviceMonitor> monitor{gst_device_monitor_new()};
  gst_device_monitor_add_filter(monitor.get(), kSources, nullptr);
  gst_device_monitor_add_filter(monitor.get(), kSinks, nullptr);
  std::vector<AudioDevice> devices;
  if (!gst_device_monitor_start(monitor.get())) return devices;
  GList* found = gst_device_monitor_get_devices(monitor.get());
  for (GList* item = found; item; item = item->next)
    devices.push_back(describe(GST_DEVICE(item->data), preset));
  g_list_free_full(found, gst_object_unref);
  gst_device_monitor_stop(monitor.get());
  // Microphones first; of each kind the default one, then by name, what only monitors last.
  std::stable_sort(devices.begin(), devices.end(), [](const AudioDevice& a, const AudioDevice& b) {
    const auto key = [](const AudioDevice& d) {
      return std::tuple{!d.capture, !d.is_default, d.monitor, d.name};
    };
    return key(a) < key(b);
  });
  for (std::size_t i = 0; i < devices.size(); ++i) devices[i].index = static_cast<unsigned>(i);
  return devices;
}

}  // namespace

AudioDevices list_audio_devices(AudioPreset preset, std::chrono::milliseconds patience) {
  // A sound server that hangs makes the provider wait for ever, so somebody else does the asking.
  auto promise = std::make_shared<std::promise<std::vector<AudioDevice>>>();
  auto answer = promise->get_future();
  std::thread{[promise, preset] { promise->set_value(ask(preset)); }}.detach();
  if (answer.wait_for(patience) != std::future_status::ready) return {.answered = false};
  return {.answered = true, .devices = answer.get()};
}

}  // namespace jackfield
