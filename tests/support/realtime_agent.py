"""pipelines/phone-realtime.gst with tools."""
import pathlib

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


def pipeline_with_tools(tools, brain=""):
    """The text of it; `tools` is a file, `brain` further properties of agentbrain."""
    text = (SOURCE / "pipelines/phone-realtime.gst").read_text()
    # On a busy machine nothing is given up.
    for old, new in (("caller. ! agentbrain ", f"caller. ! agentbrain {brain} "), ("${TOOLS:- }", str(tools)),
                     (":-openairealtime ", ":-openairealtime think-timeout=100000000000 ")):  # fmt: skip
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
