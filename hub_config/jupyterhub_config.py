"""What JupyterHub loads: settings, applied. ``ACADEMY_STATE=… jupyterhub -f hub_config/jupyterhub_config.py``"""
import json
import os

from hub_config import settings
from hub_config.apply import apply

c = get_config()  # noqa: F821 - JupyterHub provides it

state = settings.state_directory()
places = settings.places(state)
os.umask(0o077)
secrets = json.loads((places.store("hub") / "secrets.json").read_text(encoding="utf-8"))
apply(c, settings.load(places.state), places, secrets)
