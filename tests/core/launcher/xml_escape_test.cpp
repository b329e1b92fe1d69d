#include "text/xml_escape.hpp"

#include <gtest/gtest.h>

namespace {

using namespace jackfield;

TEST(XmlEscapeTest, EscapesWhatXmlReads) {
  EXPECT_EQ(xml_escape("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&apos;");
  EXPECT_EQ(xml_escape("<&>\"'x", "&#39;"), "&lt;&amp;&gt;&quot;&#39;x");
  EXPECT_EQ(xml_escape("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(xml_escape(""), "");
}

TEST(XmlEscapeTest, KeepsWhiteSpaceAndLeavesOutControlCharacters) {
  EXPECT_EQ(xml_escape(std::string_view{"x\x01y\n\0z", 6}), "xy&#10;z");
  EXPECT_EQ(xml_escape("a\tb\rc\x7f"), "a&#9;b&#13;c");
}

}  // namespace
