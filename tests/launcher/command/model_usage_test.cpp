#include "records/model_usage.hpp"

#include <gtest/gtest.h>

namespace jackfield {
namespace {

void add(ModelUsage& usage, const char* message, const char* model, guint64 input, guint64 audio) {
  const gstpp::StructurePtr structure{
      gst_structure_new(message, "turn-id", G_TYPE_UINT, 1u, "model", G_TYPE_STRING, model,
                        "input-tokens", G_TYPE_UINT64, input, "output-tokens", G_TYPE_UINT64,
                        guint64{7}, "input-audio", G_TYPE_UINT64, audio, nullptr)};
  usage.add(*structure);
}

TEST(ModelUsageTest, IsSummedByModel) {
  ModelUsage usage;
  EXPECT_FALSE(usage.json());
  add(usage, "openaillm/usage", "large", 100, 0);
  add(usage, "openaillm/usage", "large", 50, 0);
  add(usage, "openairealtime/usage", "ears", 0, 1500 * GST_MSECOND);
  add(usage, "openaillm/error", "large", 1000, 0);
  EXPECT_EQ(to_text(usage.json().get()),
            R"({"ears":{"input-audio-ms":1500,"output-tokens":7,"requests":1},)"
            R"("large":{"input-tokens":150,"output-tokens":14,"requests":2}})");
}

TEST(ModelUsageTest, DoesNotGrowWithoutBound) {
  ModelUsage usage;
  for (int i = 0; i < 1000; ++i) {
    add(usage, "openaillm/usage", ("model" + std::to_string(i)).c_str(), 1, 0);
  }
  EXPECT_LE(json_object_get_size(usage.json().get()), 100u);
}

}  // namespace
}  // namespace jackfield
