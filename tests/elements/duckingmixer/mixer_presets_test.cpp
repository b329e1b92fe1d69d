// Presets that duckingmixer brings along, beside those that a user saves.
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gstpp.hpp"

namespace {

class MixerPresets : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // What is saved goes there.
    gstpp::ErrorPtr error;
    const gstpp::CharPtr folder{g_dir_make_tmp("mixer-presets-XXXXXX", gstpp::OutPtr{error})};
    ASSERT_TRUE(folder) << error->message;
    g_setenv("XDG_DATA_HOME", folder.get(), TRUE);
    gst_init(nullptr, nullptr);
  }
  static void TearDownTestSuite() {
    const std::string folder = g_getenv("XDG_DATA_HOME");
    g_remove((folder + "/gstreamer-1.0/presets/GstDuckingMixer.prs").c_str());
    for (const char* below : {"/gstreamer-1.0/presets", "/gstreamer-1.0", ""})
      g_rmdir((folder + below).c_str());
  }

  GstPreset* preset() { return GST_PRESET(mixer_.get()); }
  std::vector<std::string> names() {
    gchar** names = gst_preset_get_preset_names(preset());
    std::vector<std::string> all(names, names + g_strv_length(names));
    g_strfreev(names);
    return all;
  }
  double number(const char* property) {
    gdouble value = 0;
    g_object_get(mixer_.get(), property, &value, nullptr);
    return value;
  }
  guint64 time(const char* property) {
    guint64 value = 0;
    g_object_get(mixer_.get(), property, &value, nullptr);
    return value;
  }
  bool normalises() {
    gboolean value = FALSE;
    g_object_get(mixer_.get(), "normalise", &value, nullptr);
    return value != FALSE;
  }

  gstpp::ElementPtr mixer_ = gstpp::make_element("duckingmixer");
};

TEST_F(MixerPresets, EachSetsAllThatBelongsToIt) {
  ASSERT_TRUE(gst_preset_load_preset(preset(), "meeting"));
  EXPECT_TRUE(normalises());
  EXPECT_DOUBLE_EQ(number("duck-threshold"), 0.05);
  EXPECT_DOUBLE_EQ(number("duck-attenuation"), 0.5);
  EXPECT_EQ(time("duck-attack"), 30 * GST_MSECOND);
  EXPECT_EQ(time("duck-hold"), 300 * GST_MSECOND);
  EXPECT_EQ(time("duck-release"), 500 * GST_MSECOND);
  ASSERT_TRUE(gst_preset_load_preset(preset(), "broadcast"));
  EXPECT_FALSE(normalises());
  EXPECT_DOUBLE_EQ(number("duck-attenuation"), 0.1);
  EXPECT_EQ(time("duck-attack"), 20 * GST_MSECOND);
  EXPECT_EQ(time("duck-hold"), GST_SECOND);
  EXPECT_EQ(time("duck-release"), GST_SECOND);
  ASSERT_TRUE(gst_preset_load_preset(preset(), "desk"));
  EXPECT_FALSE(normalises());
  EXPECT_DOUBLE_EQ(number("duck-threshold"), 0.02);
  EXPECT_DOUBLE_EQ(number("duck-attenuation"), 0.2);
  EXPECT_EQ(time("duck-attack"), 50 * GST_MSECOND);
  EXPECT_EQ(time("duck-hold"), 500 * GST_MSECOND);
  EXPECT_EQ(time("duck-release"), 600 * GST_MSECOND);
}

TEST_F(MixerPresets, InLaunchText) {
  gstpp::ErrorPtr error;
  const gstpp::ElementPtr bin{GST_ELEMENT(gst_object_ref_sink(gst_parse_launch(
      "duckingmixer name=m @preset=broadcast master-gain=0.7 ! fakesink", gstpp::OutPtr{error})))};
  ASSERT_FALSE(error) << error->message;
  mixer_.reset(gst_bin_get_by_name(GST_BIN(bin.get()), "m"));
  EXPECT_EQ(time("duck-hold"), GST_SECOND);
  EXPECT_DOUBLE_EQ(number("duck-attenuation"), 0.1);
  EXPECT_DOUBLE_EQ(number("master-gain"), 0.7);
}

TEST_F(MixerPresets, OneThatIsNotThereChangesNothing) {
  EXPECT_FALSE(gst_preset_load_preset(preset(), "cathedral"));
  EXPECT_DOUBLE_EQ(number("duck-attenuation"), 0.3);
}

TEST_F(MixerPresets, UsersSaveTheirOwnButNotInPlaceOfThese) {
  EXPECT_EQ(names(), (std::vector<std::string>{"meeting", "broadcast", "desk"}));
  gstpp::CharPtr comment;
  ASSERT_TRUE(gst_preset_get_meta(preset(), "desk", "comment", gstpp::OutPtr{comment}));
  EXPECT_EQ(std::string{comment.get()}, "Music that gives way to an agent's voice");
  g_object_set(mixer_.get(), "duck-attenuation", 0.9, nullptr);
  EXPECT_FALSE(gst_preset_save_preset(preset(), "desk"));
  EXPECT_FALSE(gst_preset_delete_preset(preset(), "desk"));
  EXPECT_FALSE(gst_preset_rename_preset(preset(), "desk", "mine"));
  EXPECT_FALSE(gst_preset_set_meta(preset(), "desk", "comment", "mine"));
  ASSERT_TRUE(gst_preset_save_preset(preset(), "mine"));
  EXPECT_EQ(names(), (std::vector<std::string>{"meeting", "broadcast", "desk", "mine"}));
  EXPECT_FALSE(gst_preset_rename_preset(preset(), "mine", "desk"));
  ASSERT_TRUE(gst_preset_load_preset(preset(), "desk"));
  EXPECT_DOUBLE_EQ(number("duck-attenuation"), 0.2);
  ASSERT_TRUE(gst_preset_load_preset(preset(), "mine"));
  EXPECT_DOUBLE_EQ(number("duck-attenuation"), 0.9);
  EXPECT_TRUE(gst_preset_delete_preset(preset(), "mine"));
  EXPECT_EQ(names().size(), 3U);
}

}  // namespace
