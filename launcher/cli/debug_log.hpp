#pragma once

namespace jackfield::cli {

// GStreamer's debug log without the secrets of this process; where GST_DEBUG and GST_DEBUG_FILE
// send it, in the form of GST_DEBUG_NO_COLOR. Does nothing when there are no secrets. After
// gst_init(), before there are other threads.
void redact_debug_log();

}  // namespace jackfield::cli
