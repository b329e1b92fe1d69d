"""A PulseAudio daemon of a test's own: private folder, null sinks, never the user's daemon."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time


def missing():
    """Why there can be no daemon; "" when there can be one."""
    tools = [tool for tool in ("pulseaudio", "pactl", "paplay", "parec") if not shutil.which(tool)]
    return f"not installed: {', '.join(tools)} (packages pulseaudio, pulseaudio-utils)" if tools else ""


class PulseServer:
    """Context manager. `sinks` are null sinks; what is played into one is what its monitor records."""

    def __init__(self, log, sinks=("room", "speaker"), rate=48000):
        self.log = log
        self.sinks = sinks
        self.rate = rate

    def __enter__(self):
        # The name of a socket has room for about 100 characters: not below the build directory.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jackfield-pulse-"))
        socket = self.folder / "native"
        private = {
            "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder), "PULSE_RUNTIME_PATH": str(self.folder),
            "PULSE_STATE_PATH": str(self.folder),
        }  # fmt: skip
        self.environment = {**os.environ, **private, "PULSE_SERVER": f"unix:{socket}"}
        modules = [f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
        modules += [
            f"module-null-sink sink_name={name} rate={self.rate} channels=1 "
            f"sink_properties=device.description={name}"
            for name in self.sinks
        ]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
                   "--disallow-exit", "--high-priority=no", "--realtime=no"]  # fmt: skip
        for module in modules:
            command += ["-L", module]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, **private}
            )
        deadline = time.monotonic() + 30
        while subprocess.run(["pactl", "info"], env=self.environment, capture_output=True).returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.__exit__()
                raise RuntimeError("the PulseAudio daemon of this test did not come up")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def pactl(self, *arguments):
        done = subprocess.run(["pactl", *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=20, check=True)  # fmt: skip
        return done.stdout.strip()

    def loop(self, source, sink, latency_ms, volume):
        """What `source` records is played into `sink`: the path through the air."""
        number = self.pactl("load-module", "module-loopback", f"source={source}", f"sink={sink}",
                            f"latency_msec={latency_ms}", "source_dont_move=true", "sink_dont_move=true")  # fmt: skip
        for line in self.pactl("list", "short", "sink-inputs").splitlines():
            if "module-loopback" in line:
                self.pactl("set-sink-input-volume", line.split()[0], volume)
        return number

    def play(self, wav, sink):
        """Plays a file to its end."""
        subprocess.run(["paplay", "-d", sink, str(wav)], env=self.environment, check=True, timeout=60,
                       capture_output=True)  # fmt: skip

    def record(self, source, path, rate):
        """Starts recording (raw, 16 bits, mono); terminate() the process to end it."""
        return subprocess.Popen(
            ["parec", "-d", source, f"--rate={rate}", "--channels=1", "--format=s16le",
             "--latency-msec=20", str(path)],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
