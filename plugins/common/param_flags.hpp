// The few combinations of GParamFlags that our elements use.
#pragma once

#include <gst/gst.h>

namespace jackfield {

// Can be set until the element leaves NULL/READY.
constexpr auto kReadWriteReady =
    static_cast<GParamFlags>(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
// Can be set at any time.
constexpr auto kReadWritePlaying = static_cast<GParamFlags>(
    G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
constexpr auto kReadOnly = static_cast<GParamFlags>(G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
// For secrets: an unreadable property stays out of DOT files and debug output.
constexpr auto kWriteOnlyReady =
    static_cast<GParamFlags>(G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);

}  // namespace jackfield
