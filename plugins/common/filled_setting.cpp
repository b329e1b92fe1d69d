#include "filled_setting.hpp"

#include <string_view>

#include "fill_in.hpp"
#include "gstpp.hpp"
#include "json_reader.hpp"
#include "settings_text.hpp"

namespace jackfield {
namespace {

std::optional<std::string> variable(const GstStructure* variables, std::string_view name) {
  const std::string key(name);
  if (variables) {
    if (const GValue* value = gst_structure_get_value(variables, key.c_str()))
      return variable_text(value);
  }
  if (key != "date" && key != "time" && key != "weekday") return std::nullopt;
  GDateTime* now = g_date_time_new_now_local();
  const gstpp::CharPtr text{g_date_time_format(now, key == "date"   ? "%Y-%m-%d"
                                                    : key == "time" ? "%H:%M"
                                                                    : "%A")};
  g_date_time_unref(now);
  return std::string(text.get());
}

}  // namespace

std::string variable_text(const GValue* value) {
  if (G_VALUE_HOLDS_STRING(value)) return gstpp::get_string(value);
  const gstpp::CharPtr text{gst_value_serialize(value)};
  return text ? text.get() : "";
}

std::optional<std::string> fill_setting(GstElement* element, const std::string& what,
                                        const std::string& text, const GstStructure* variables) {
  try {
    return fill_in(text, [&](std::string_view name) { return variable(variables, name); });
  } catch (const PositionedError& mistake) {
    GST_ELEMENT_ERROR(element, RESOURCE, SETTINGS, ("%s", mistake_in(what, mistake).c_str()),
                      (nullptr));
    return std::nullopt;
  }
}

}  // namespace jackfield
