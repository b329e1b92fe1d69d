#include "blocking_query.hpp"

#include <gtest/gtest.h>

#include "gstpp.hpp"

namespace {

// Answers for a stock element through a probe, so that real tees, queues and bins can be walked.
void make_never_block(GstElement* pipeline, const char* name) {
  gstpp::ElementPtr element{gst_bin_get_by_name(GST_BIN(pipeline), name)};
  ASSERT_TRUE(element);
  gstpp::PadPtr pad{gst_element_get_static_pad(element.get(), "sink")};
  gst_pad_add_probe(
      pad.get(), GST_PAD_PROBE_TYPE_QUERY_DOWNSTREAM,
      [](GstPad*, GstPadProbeInfo* info, gpointer e) {
        return jackfield::answer_never_blocks(GST_PAD_PROBE_INFO_QUERY(info), GST_ELEMENT(e))
                   ? GST_PAD_PROBE_HANDLED
                   : GST_PAD_PROBE_OK;
      },
      element.get(), nullptr);
}

class BlockingQueryTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
  bool ask(const char* text, std::initializer_list<const char*> never_blocking) {
    gstpp::ErrorPtr error;
    GstElement* raw = gst_parse_launch(text, gstpp::OutPtr{error});
    EXPECT_TRUE(raw && !error) << (error ? error->message : "");
    gstpp::ElementPtr pipeline{static_cast<GstElement*>(gst_object_ref_sink(raw))};
    for (const char* name : never_blocking) make_never_block(pipeline.get(), name);
    gstpp::ElementPtr src{gst_bin_get_by_name(GST_BIN(pipeline.get()), "s")};
    gstpp::PadPtr pad{gst_element_get_static_pad(src.get(), "src")};
    return jackfield::downstream_never_blocks(pad.get());
  }
};

TEST_F(BlockingQueryTest, AnUnknownSinkBlocks) {
  EXPECT_FALSE(ask("fakesrc name=s ! fakesink", {}));
}

TEST_F(BlockingQueryTest, ASinkThatAnswersDoesNot) {
  EXPECT_TRUE(ask("fakesrc name=s ! identity ! fakesink name=a", {"a"}));
}

TEST_F(BlockingQueryTest, EveryBranchOfATeeCounts) {
  EXPECT_FALSE(ask("fakesrc name=s ! tee name=t t. ! fakesink name=a t. ! fakesink", {"a"}));
  EXPECT_TRUE(
      ask("fakesrc name=s ! tee name=t t. ! fakesink name=a t. ! fakesink name=b", {"a", "b"}));
}

TEST_F(BlockingQueryTest, WalksThroughBins) {
  EXPECT_TRUE(ask("fakesrc name=s ! bin.( identity ! identity ) ! fakesink name=a", {"a"}));
  EXPECT_FALSE(ask("fakesrc name=s ! bin.( identity ! identity ) ! fakesink", {}));
}

TEST_F(BlockingQueryTest, StopsAtTheFirstElementThatAnswers) {
  EXPECT_TRUE(ask("fakesrc name=s ! identity name=i ! fakesink", {"i"}));
}

}  // namespace
