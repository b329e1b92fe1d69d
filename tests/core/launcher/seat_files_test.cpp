#include "scenario/core/seat_files.hpp"

#include <gtest/gtest.h>

using jackfield::read_seat_files;
using jackfield::SeatFile;
using jackfield::SeatKind;
using Files = std::vector<SeatFile>;

TEST(SeatFilesTest, ReadsEachKindInAnyOrder) {
  EXPECT_EQ(std::get<Files>(read_seat_files("agent=a.gst  phone=/x/p.gst\n browser=b.gst")),
            (Files{{SeatKind::kAgent, "a.gst"},
                   {SeatKind::kPhone, "/x/p.gst"},
                   {SeatKind::kBrowser, "b.gst"}}));
}

TEST(SeatFilesTest, APathMayHaveBlanks) {
  EXPECT_EQ(std::get<Files>(read_seat_files("phone=/my files/seat phone.gst agent=a.gst")),
            (Files{{SeatKind::kPhone, "/my files/seat phone.gst"}, {SeatKind::kAgent, "a.gst"}}));
  // As a variable's value is put into a property that has quotes.
  EXPECT_EQ(std::get<Files>(read_seat_files("phone=/my\\ files/p.gst browser=C:\\\\b.gst")),
            (Files{{SeatKind::kPhone, "/my files/p.gst"}, {SeatKind::kBrowser, "C:\\b.gst"}}));
}

TEST(SeatFilesTest, TellsWhatIsWrong) {
  for (const char* wrong : {"", "   ", "agent=a.gst", "phone=", "phone= browser=b.gst",
                            "phone=a.gst phone=b.gst", "seat.gst", "fax=a.gst"})
    EXPECT_TRUE(std::holds_alternative<std::string>(read_seat_files(wrong))) << wrong;
}
