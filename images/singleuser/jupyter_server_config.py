"""The learner's notebook server: notebooks and nothing that distracts from them. Bound read-only as /etc/jupyter."""
c = get_config()  # noqa: F821 - Jupyter provides it

c.ServerApp.root_dir = "/home/learner"
c.ServerApp.default_url = "/tree"
c.ServerApp.terminals_enabled = False
c.ServerApp.open_browser = False
c.ServerApp.log_level = "WARN"
c.ServerApp.quit_button = False
c.ServerApp.allow_remote_access = True                      # the proxy in front checks hosts
c.ServerApp.tornado_settings = {"compress_response": True}  # a quarter of the bytes on a slow line
c.ServerApp.jpserver_extensions = {
    "jupyterlab": True,                     # the notebook interface is built on it
    "notebook": True,
    "notebook_shim": True,
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    # instructors' panels: validating stays, the rest has its place on the course page
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.assignment_list": True,
    "nbgrader.server_extensions.validate_assignment": True,
}
c.ContentsManager.allow_hidden = False
c.FileContentsManager.delete_to_trash = False
c.FileContentsManager.always_delete_dir = False
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.news_url = None
c.LabApp.extension_manager = "readonly"
c.LabServerApp.blocked_extensions_uris = ""
c.JupyterNotebookApp.expose_app_in_browser = False
c.MappingKernelManager.cull_interval = 60
c.MappingKernelManager.cull_connected = True
c.KernelSpecManager.ensure_native_kernel = True
