#include "control/pipeline_view.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "scenario/core/secret_names.hpp"
#include "scenario/pipeline_elements.hpp"
#include "text/masked_text.hpp"
#include "text/redaction.hpp"

namespace jackfield {
namespace {

constexpr std::size_t kLongestText = 500;    // bytes of a property's value
constexpr std::size_t kMostElements = 1000;  // of a pipeline
constexpr int kDeepest = 32;                 // bins in bins, and ghosts of ghosts

using ParamSpecs = std::unique_ptr<GParamSpec*, gstpp::FreeWith<g_free>>;

// A GValue for the length of a scope.
class Value {
 public:
  explicit Value(GType type) { g_value_init(&value_, type); }
  ~Value() { g_value_unset(&value_); }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;
  GValue* get() { return &value_; }

 private:
  GValue value_ = G_VALUE_INIT;
};

std::string shown(std::string text) {
  if (!g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr)) return "?";
  text = redacted(masked(text));
  if (text.size() <= kLongestText) return text;
  std::size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// "bin/inner/element", without the pipeline itself.
std::string path_of(GstElement* element, GstElement* pipeline) {
  std::string path;
  gstpp::ObjectPtr<GstObject> at = gstpp::share_object(GST_OBJECT_CAST(element));
  for (int i = 0; at && at.get() != GST_OBJECT_CAST(pipeline) && i < kDeepest; ++i) {
    const gstpp::CharPtr name{gst_object_get_name(at.get())};
    path = std::string{name.get()} + (path.empty() ? "" : "/") + path;
    at.reset(gst_object_get_parent(at.get()));
  }
  return path;
}

bool is_secret_name(std::string_view name) {
  std::string words{name};
  std::replace(words.begin(), words.end(), '-', '_');
  return looks_secret(words);
}

// Names of values in place of numbers; false for what has no text (objects, pointers).
bool keep_value(GstStructure* into, const char* name, const GValue* value) {
  const GType type = G_VALUE_TYPE(value);
  if (type == G_TYPE_STRING) {
    const gchar* text = g_value_get_string(value);
    if (!text) return false;
    gst_structure_set(into, name, G_TYPE_STRING, shown(text).c_str(), nullptr);
    return true;
  }
  if (G_TYPE_IS_FUNDAMENTAL(type) &&
      (type == G_TYPE_BOOLEAN || type == G_TYPE_INT || type == G_TYPE_UINT ||
       type == G_TYPE_INT64 || type == G_TYPE_UINT64 || type == G_TYPE_DOUBLE ||
       type == G_TYPE_FLOAT || type == G_TYPE_LONG || type == G_TYPE_ULONG)) {
    if (type == G_TYPE_LONG) {
      gst_structure_set(into, name, G_TYPE_INT64, gint64{g_value_get_long(value)}, nullptr);
    } else if (type == G_TYPE_ULONG) {
      gst_structure_set(into, name, G_TYPE_UINT64, guint64{g_value_get_ulong(value)}, nullptr);
    } else {
      gst_structure_set_value(into, name, value);
    }
    return true;
  }
  if (type == GST_TYPE_STRUCTURE) {
    const auto* inner = static_cast<const GstStructure*>(g_value_get_boxed(value));
    if (!inner) return false;
    gst_structure_set_value(into, name, value);
    return true;
  }
  const bool has_text = G_TYPE_IS_ENUM(type) || G_TYPE_IS_FLAGS(type) || type == GST_TYPE_CAPS ||
                        type == GST_TYPE_FRACTION;
  if (!has_text) return false;
  std::string text;
  if (G_TYPE_IS_ENUM(type)) {
    auto* klass = static_cast<GEnumClass*>(g_type_class_ref(type));
    const GEnumValue* found = g_enum_get_value(klass, g_value_get_enum(value));
    text = found ? found->value_nick : "";
    g_type_class_unref(klass);
  } else {
    const gstpp::CharPtr written{gst_value_serialize(value)};
    text = written ? written.get() : "";
  }
  gst_structure_set(into, name, G_TYPE_STRING, shown(text).c_str(), nullptr);
  return true;
}

// Those that can be read and are not what they are without being set.
JsonObjectPtr changed_properties(GstElement* element) {
  const gstpp::StructurePtr changed{gst_structure_new_empty("properties")};
  guint count = 0;
  const ParamSpecs specs{g_object_class_list_properties(G_OBJECT_GET_CLASS(element), &count)};
  for (guint i = 0; i < count; ++i) {
    GParamSpec* spec = specs.get()[i];
    const std::string_view name = g_param_spec_get_name(spec);
    if (!(spec->flags & G_PARAM_READABLE) || (spec->flags & G_PARAM_DEPRECATED)) continue;
    if (name == "name" || name == "parent" || name == "stats" || is_secret_name(name)) continue;
    // What only shows a state is a figure, if it is anything; and a stats structure is shown apart.
    if (!(spec->flags & G_PARAM_WRITABLE) || g_type_is_a(spec->value_type, G_TYPE_OBJECT)) continue;
    Value value(spec->value_type);
    g_object_get_property(G_OBJECT(element), spec->name, value.get());
    if (!g_param_value_defaults(spec, value.get()))
      keep_value(changed.get(), spec->name, value.get());
  }
  return structure_to_json(*changed);
}

JsonObjectPtr stats_of(GstElement* element) {
  GParamSpec* spec = g_object_class_find_property(G_OBJECT_GET_CLASS(element), "stats");
  if (!spec || spec->value_type != GST_TYPE_STRUCTURE || !(spec->flags & G_PARAM_READABLE))
    return nullptr;
  GstStructure* raw = nullptr;
  g_object_get(element, "stats", &raw, nullptr);
  const gstpp::StructurePtr stats{raw};
  return stats ? structure_to_json(*stats) : nullptr;
}

void set_text(JsonObject* object, const char* member, const std::string& text) {
  json_object_set_string_member(object, member, text.c_str());
}

const char* state_of(GstElement* element) {
  GstState state = GST_STATE_NULL;
  {
    const gstpp::ObjectLock lock(element);
    state = GST_STATE(element);
  }
  return gst_element_state_get_name(state);
}

JsonObjectPtr describe(GstElement* element, GstElement* pipeline) {
  JsonObjectPtr json{json_object_new()};
  JsonObject* object = json.get();
  const std::string path = path_of(element, pipeline);
  const std::size_t slash = path.rfind('/');
  GstElementFactory* factory = gst_element_get_factory(element);
  const gchar* klass = gst_element_get_metadata(element, GST_ELEMENT_METADATA_KLASS);
  set_text(object, "path", path);
  set_text(object, "name", slash == std::string::npos ? path : path.substr(slash + 1));
  set_text(object, "factory", factory ? GST_OBJECT_NAME(factory) : G_OBJECT_TYPE_NAME(element));
  set_text(object, "klass", klass ? klass : "");
  if (slash == std::string::npos) {
    json_object_set_null_member(object, "parent");
  } else {
    set_text(object, "parent", path.substr(0, slash));
  }
  set_text(object, "state", state_of(element));
  json_object_set_object_member(object, "properties", changed_properties(element).release());
  if (JsonObjectPtr stats = stats_of(element))
    json_object_set_object_member(object, "stats", stats.release());
  return json;
}

std::vector<gstpp::PadPtr> src_pads(GstElement* element) {
  std::vector<gstpp::PadPtr> pads;
  const gstpp::ObjectLock lock(element);
  for (GList* item = element->srcpads; item; item = item->next)
    pads.push_back(gstpp::share_object(GST_PAD_CAST(item->data)));
  return pads;
}

JsonObjectPtr link_of(GstPad* src, GstElement* element, GstElement* pipeline) {
  const gstpp::PadPtr sink = linked_pad(src);
  const gstpp::ElementPtr to{sink ? gst_pad_get_parent_element(sink.get()) : nullptr};
  if (!to) return nullptr;
  const auto end = [&](GstElement* of, GstPad* pad) {
    const gstpp::CharPtr name{gst_object_get_name(GST_OBJECT(pad))};
    return path_of(of, pipeline) + "." + name.get();
  };
  JsonObjectPtr link{json_object_new()};
  set_text(link.get(), "from", end(element, src));
  set_text(link.get(), "to", end(to.get(), sink.get()));
  const gstpp::CapsPtr caps{gst_pad_get_current_caps(src)};
  const gstpp::CharPtr text{caps ? gst_caps_to_string(caps.get()) : nullptr};
  set_text(link.get(), "caps", text ? shown(text.get()) : "");
  return link;
}

std::vector<gstpp::ElementPtr> all_elements(GstElement* pipeline) {
  auto elements = elements_of(gst_bin_iterate_recurse(GST_BIN(pipeline)));
  if (elements.size() > kMostElements) elements.resize(kMostElements);
  return elements;
}

}  // namespace

JsonObjectPtr pipeline_graph(GstElement* pipeline) {
  JsonObjectPtr graph{json_object_new()};
  JsonArray* elements = json_array_new();
  JsonArray* links = json_array_new();
  for (const gstpp::ElementPtr& element : all_elements(pipeline)) {
    json_array_add_object_element(elements, describe(element.get(), pipeline).release());
    // The pads of a bin are those of what is in it.
    if (GST_IS_BIN(element.get())) continue;
    for (const gstpp::PadPtr& src : src_pads(element.get())) {
      if (JsonObjectPtr link = link_of(src.get(), element.get(), pipeline))
        json_array_add_object_element(links, link.release());
    }
  }
  json_object_set_array_member(graph.get(), "elements", elements);
  json_object_set_array_member(graph.get(), "links", links);
  return graph;
}

JsonObjectPtr pipeline_figures(GstElement* pipeline) {
  JsonObjectPtr figures{json_object_new()};
  JsonArray* elements = json_array_new();
  for (const gstpp::ElementPtr& element : all_elements(pipeline)) {
    JsonObjectPtr stats = stats_of(element.get());
    if (!stats) continue;
    JsonObject* object = json_object_new();
    set_text(object, "path", path_of(element.get(), pipeline));
    set_text(object, "state", state_of(element.get()));
    json_object_set_object_member(object, "stats", stats.release());
    json_array_add_object_element(elements, object);
  }
  json_object_set_array_member(figures.get(), "elements", elements);
  return figures;
}

std::string pipeline_dot(GstElement* pipeline) {
  const gstpp::CharPtr dot{gst_debug_bin_to_dot_data(GST_BIN(pipeline), GST_DEBUG_GRAPH_SHOW_ALL)};
  return dot ? redacted(masked(dot.get())) : "";
}

}  // namespace jackfield
