#include "model_path.hpp"

#include <glib.h>

#include <vector>

#include "config.h"
#include "gstpp.hpp"

namespace agentbrain {

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
        gstpp::CharPtr{g_build_filename(JACKFIELD_DATADIR, "models", kName, nullptr)}.get());
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
