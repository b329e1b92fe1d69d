#include "records/model_usage.hpp"

#include <string_view>

namespace jackfield {
namespace {

constexpr std::size_t kMostModels = 100;

// Tokens, and the input in ns of models that count time.
constexpr const char* kFields[] = {
    "input-tokens",       "cached-tokens",       "output-tokens",       "reasoning-tokens",
    "input-audio-tokens", "cached-audio-tokens", "output-audio-tokens", "input-audio"};

}  // namespace

void ModelUsage::add(const GstStructure& message) {
  const std::string_view name = gst_structure_get_name(&message);
  if (!name.ends_with("/usage")) return;
  const std::string model = gstpp::get_string(&message, "model");
  if (!models_.contains(model) && models_.size() >= kMostModels) return;
  Sums& sums = models_[model];
  ++sums["requests"];
  for (const char* field : kFields) {
    const std::uint64_t value = gstpp::get_uint64(&message, field, 0);
    if (value != 0) sums[field] += value;
  }
}

JsonObjectPtr ModelUsage::json() const {
  if (models_.empty()) return {};
  JsonObjectPtr models{json_object_new()};
  for (const auto& [model, sums] : models_) {
    JsonObject* object = json_object_new();
    for (const auto& [field, sum] : sums) {
      // Times in our files are ms.
      const bool time = field == "input-audio";
      json_object_set_int_member(object, time ? "input-audio-ms" : field.c_str(),
                                 static_cast<gint64>(time ? sum / GST_MSECOND : sum));
    }
    json_object_set_object_member(models.get(), model.c_str(), object);
  }
  return models;
}

}  // namespace jackfield
