#include "constant_presets.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace jackfield {
namespace {

using Presets = std::span<const ConstantPreset>;

GQuark quark() { return g_quark_from_static_string("jackfield-constant-presets"); }

Presets presets_of(GstPreset* preset) {
  return *static_cast<const Presets*>(g_type_get_qdata(G_OBJECT_TYPE(preset), quark()));
}

const ConstantPreset* find(GstPreset* preset, const gchar* name) {
  const Presets presets = presets_of(preset);
  const auto it = std::find_if(presets.begin(), presets.end(), [&](const ConstantPreset& one) {
    return std::string_view{one.name} == name;
  });
  return it == presets.end() ? nullptr : &*it;
}

// What GStreamer does with presets in files.
GstPresetInterface* files() {
  return static_cast<GstPresetInterface*>(g_type_default_interface_peek(GST_TYPE_PRESET));
}

gchar** get_names(GstPreset* preset) {
  gchar** saved = files()->get_preset_names(preset);
  const guint saved_count = saved ? g_strv_length(saved) : 0;
  const Presets presets = presets_of(preset);
  gchar** names = g_new0(gchar*, presets.size() + saved_count + 1);
  gchar** next = names;
  for (const ConstantPreset& one : presets) *next++ = g_strdup(one.name);
  for (guint i = 0; i < saved_count; ++i) {
    // A file could have been there before the element had a preset of this name.
    if (!find(preset, saved[i])) *next++ = g_strdup(saved[i]);
  }
  g_strfreev(saved);
  return names;
}

gboolean load(GstPreset* preset, const gchar* name) {
  const ConstantPreset* constant = find(preset, name);
  if (!constant) return files()->load_preset(preset, name);
  for (const PresetValue& one : constant->values)
    gst_util_set_object_arg(G_OBJECT(preset), one.property, one.value);
  return TRUE;
}

gboolean save(GstPreset* preset, const gchar* name) {
  return !find(preset, name) && files()->save_preset(preset, name);
}

gboolean rename(GstPreset* preset, const gchar* old_name, const gchar* new_name) {
  return !find(preset, old_name) && !find(preset, new_name) &&
         files()->rename_preset(preset, old_name, new_name);
}

gboolean remove(GstPreset* preset, const gchar* name) {
  return !find(preset, name) && files()->delete_preset(preset, name);
}

gboolean set_meta(GstPreset* preset, const gchar* name, const gchar* tag, const gchar* value) {
  return !find(preset, name) && files()->set_meta(preset, name, tag, value);
}

gboolean get_meta(GstPreset* preset, const gchar* name, const gchar* tag, gchar** value) {
  const ConstantPreset* constant = find(preset, name);
  if (!constant) return files()->get_meta(preset, name, tag, value);
  if (std::string_view{tag} != "comment") return FALSE;
  *value = g_strdup(constant->comment);
  return TRUE;
}

}  // namespace

void init_constant_presets(gpointer interface, Presets presets) {
  auto* vtable = static_cast<GstPresetInterface*>(interface);
  g_type_set_qdata(vtable->parent.g_instance_type, quark(), new Presets(presets));
  vtable->get_preset_names = get_names;
  vtable->load_preset = load;
  vtable->save_preset = save;
  vtable->rename_preset = rename;
  vtable->delete_preset = remove;
  vtable->set_meta = set_meta;
  vtable->get_meta = get_meta;
}

}  // namespace jackfield
