#include "model_path.hpp"

#include <gst/gst.h>

#include <vector>

#include "config.h"
#include "gstpp.hpp"
#include "plugins/common/core/installed_prefix.hpp"

namespace agentbrain {
namespace {

// The data installed with this plugin, wherever the installation lies; from a build, the data of
// the configured prefix.
std::string data_folder() {
  if (g_path_is_absolute(JACKFIELD_DATADIR)) return JACKFIELD_DATADIR;
  std::string prefix;
  const gstpp::ObjectPtr<GstPlugin> plugin{
      gst_registry_find_plugin(gst_registry_get(), "agentbrain")};
  if (const gchar* file = plugin ? gst_plugin_get_filename(plugin.get()) : nullptr) {
    const gstpp::CharPtr folder{g_path_get_dirname(file)};
    prefix = jackfield::prefix_of(folder.get(), JACKFIELD_PLUGINDIR);
  }
  if (prefix.empty()) prefix = JACKFIELD_PREFIX;
  return gstpp::CharPtr{g_build_filename(prefix.c_str(), JACKFIELD_DATADIR, nullptr)}.get();
}

}  // namespace

std::variant<std::shared_ptr<const SileroModel>, std::string> find_silero_model(
    const std::string& file) {
  std::vector<std::string> paths;
  if (!file.empty()) {
    paths.push_back(file);
  } else {
    constexpr char kName[] = "silero_vad.onnx";
    if (const gchar* folder = g_getenv("JACKFIELD_MODELS"); folder && *folder) {
      paths.emplace_back(gstpp::CharPtr{g_build_filename(folder, kName, nullptr)}.get());
    }
    paths.emplace_back(
        gstpp::CharPtr{g_build_filename(data_folder().c_str(), "models", kName, nullptr)}.get());
  }
  std::string tried;
  for (const std::string& path : paths) {
    auto result = SileroModel::load(path);
    if (result.index() == 0) return result;
    if (!tried.empty()) tried += "; ";
    tried += path + ": " + std::get<std::string>(result);
  }
  return tried;
}

}  // namespace agentbrain
