#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

// Private element: writes what it is given to the file of a callrecorder.
#define GST_TYPE_RECORDING_FILE (gst_recording_file_get_type())
G_DECLARE_FINAL_TYPE(GstRecordingFile, gst_recording_file, GST, RECORDING_FILE, GstElement)

G_END_DECLS

struct GstRecordingFileSettings {
  const char* location = nullptr;
  bool overwrite = false;
  bool wav = true;
};
// In NULL or READY. `reporter` posts errors and warnings; it must outlive the element.
void gst_recording_file_configure(GstRecordingFile* self, const GstRecordingFileSettings& settings,
                                  GstElement* reporter);

struct GstRecordingFileStats {
  guint64 bytes_written = 0;
  GstClockTime longest_write = 0;
  bool failed = false;  // writing failed; the rest of the recording is lost
};
// Any thread.
GstRecordingFileStats gst_recording_file_stats(GstRecordingFile* self);
