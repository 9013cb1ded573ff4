/* A Submit button in the toolbar of assessments, and a menu with nbgrader's Assignment List, for JupyterLab 4 and Notebook 7.
 *
 * This file is the whole extension: a module-federation container written by hand (init, get), so that there is nothing
 * to build. It shares JupyterLab's own modules and brings none. A notebook is an assessment if its metadata say so
 * ({"academy": {"kind": "assessment"}}, put there when it was handed out).
 */
(function () {
  'use strict';

  let scope = null;
  const containers = (window._JUPYTERLAB = window._JUPYTERLAB || {});

  /* JupyterLab's own copy of a shared module: of several versions the newest that is there already, else the newest. */
  async function shared(name) {
    const versions = (scope && scope[name]) || {};
    const order = (a, b) => a.localeCompare(b, undefined, { numeric: true });
    const all = Object.keys(versions).sort(order);
    const pick = all.filter(v => versions[v].loaded).pop() || all.pop();
    if (!pick) {
      throw new Error('academy-learner: this JupyterLab does not share ' + name);
    }
    const factory = await versions[pick].get();
    return factory();
  }

  function isAssessment(panel) {
    const model = panel.content.model;
    const about = model && (model.getMetadata ? model.getMetadata('academy') : model.sharedModel.getMetadata('academy'));
    return !!about && about.kind === 'assessment';
  }

  async function answer(response) {
    let content = {};
    try {
      content = await response.json();
    } catch (error) {
      /* said below */
    }
    if (!response.ok) {
      const refused = content.error || {};
      throw new Error([refused.message || 'The academy does not answer at the moment. Your notebook is saved.', refused.next || 'Try again in a few minutes.'].join(' '));
    }
    return content;
  }

  function plugin(modules) {
    const { Dialog, showDialog, ToolbarButton, ServerConnection, URLExt, Widget } = modules;

    /* What a running submission shows: how far it is, then the receipt or what went wrong. */
    function board() {
      const node = document.createElement('div');
      const text = document.createElement('p');
      const bar = document.createElement('progress');
      text.setAttribute('role', 'status');
      text.textContent = 'Sending your work…';
      bar.max = 1;
      bar.setAttribute('aria-label', 'Sent');
      bar.style.width = '100%';
      node.append(text, bar);
      return { node, text, bar };
    }

    async function submit(panel) {
      const path = panel.context.path.split(':').pop();
      const sure = await showDialog({
        title: 'Submit this assessment?',
        body: 'Your notebook is saved, then sent for grading. You get a receipt, and feedback usually within half a minute. You can submit again later.',
        buttons: [Dialog.cancelButton({ label: 'Not yet' }), Dialog.okButton({ label: 'Submit' })]
      });
      if (!sure.button.accept) {
        return;
      }
      const settings = ServerConnection.makeSettings();
      const at = name => URLExt.join(settings.baseUrl, 'academy', name);
      const shown = board();
      const dialog = new Dialog({ title: 'Your submission', body: new Widget({ node: shown.node }), buttons: [Dialog.okButton({ label: 'Close' })] });
      const closed = dialog.launch().catch(() => undefined);
      const watch = window.setInterval(async () => {
        try {
          const now = await answer(await ServerConnection.makeRequest(at('progress') + '?path=' + encodeURIComponent(path), {}, settings));
          if (now.size) {
            shown.bar.value = now.sent / now.size;
            shown.text.textContent = 'Sending your work: ' + Math.floor((100 * now.sent) / now.size) + ' %';
          }
        } catch (error) {
          /* only the display; the submission itself goes on */
        }
      }, 800);
      try {
        await panel.context.save();
        if (panel.context.model.dirty) {
          throw new Error('The notebook could not be saved, so it was not sent. Save it, then submit again.');
        }
        const done = await answer(await ServerConnection.makeRequest(at('submit'), {
          method: 'POST', body: JSON.stringify({ path }), headers: { 'Content-Type': 'application/json' }
        }, settings));
        const body = done.receipt.receipt;
        const link = document.createElement('a');
        link.href = done.receipt_url;
        link.target = '_blank';
        link.rel = 'noopener';
        link.textContent = 'See the receipt and the feedback';
        link.style.textDecoration = 'underline';
        shown.bar.remove();
        shown.text.textContent = 'Your work has arrived (attempt ' + body.attempt + ', ' + body.received.replace('T', ' ').replace('Z', ' UTC') + '). ';
        shown.text.append(document.createElement('br'), link);
        link.focus();
      } catch (error) {
        shown.bar.remove();
        shown.text.setAttribute('role', 'alert');
        shown.text.textContent = error.message || String(error);
      } finally {
        window.clearInterval(watch);
      }
      await closed;
    }

    return {
      id: 'academy-learner:submit',
      description: 'A Submit button in the notebooks of assessments',
      autoStart: true,
      activate: app => {
        const command = 'academy:submit';
        let current = null;
        app.commands.addCommand(command, {
          label: 'Submit this assessment',
          isEnabled: () => current !== null && !current.isDisposed && current.isVisible,
          execute: () => submit(current)
        });
        app.docRegistry.addWidgetExtension('Notebook', {
          createNew: panel => {
            panel.context.ready.then(() => {
              if (panel.isDisposed || !isAssessment(panel)) {
                return;
              }
              current = panel;
              let running = false;
              const button = new ToolbarButton({
                className: 'academy-submit',
                label: 'Submit',
                tooltip: 'Send this assessment for grading',
                onClick: async () => {
                  if (running) {
                    return;
                  }
                  running = true;
                  try {
                    current = panel;
                    await submit(panel);
                  } finally {
                    running = false;
                  }
                }
              });
              Object.assign(button.node.style, { background: '#1f4e79', borderRadius: '4px', margin: '0 6px' });
              const paint = () => button.node.querySelectorAll('.jp-ToolbarButtonComponent-label').forEach(label => Object.assign(label.style, { color: '#fff', fontWeight: '600' }));
              panel.toolbar.insertItem(0, 'academy-submit', button);
              if (button.renderPromise) {
                button.renderPromise.then(paint);
              }
              window.setTimeout(paint, 300);
            });
          }
        });
      }
    };
  }

  /* nbgrader's own menu is for instructors, and empty beside an open notebook. */
  function menu(modules) {
    const { IMainMenu, Menu, PageConfig } = modules;
    return {
      id: 'academy-learner:menu',
      description: 'The Assignment List, where there is room to open it',
      autoStart: true,
      requires: [IMainMenu],
      activate: (app, mainMenu) => {
        const page = PageConfig.getOption('notebookPage');
        if (page && page !== 'tree') {
          return;
        }
        const made = new Menu({ commands: app.commands });
        made.id = 'jp-mainmenu-academy';
        made.title.label = 'Assignments';
        made.addItem({ command: 'nbgrader:open-assignment-list' });
        mainMenu.addMenu(made, false, { rank: 900 });
      }
    };
  }

  containers['academy-learner'] = {
    init: given => {
      scope = given;
    },
    get: async name => {
      if (name !== './extension') {
        throw new Error('academy-learner has no module ' + name);
      }
      const [apputils, ui, services, coreutils, mainmenu, widgets] = await Promise.all(
        ['@jupyterlab/apputils', '@jupyterlab/ui-components', '@jupyterlab/services', '@jupyterlab/coreutils', '@jupyterlab/mainmenu', '@lumino/widgets'].map(shared)
      );
      const submitting = plugin({ ...pick(apputils, 'Dialog', 'showDialog'), ...pick(ui, 'ToolbarButton'), ...pick(services, 'ServerConnection'), ...pick(coreutils, 'URLExt'), ...pick(widgets, 'Widget') });
      const made = { default: [submitting, menu({ ...pick(mainmenu, 'IMainMenu'), ...pick(widgets, 'Menu'), ...pick(coreutils, 'PageConfig') })] };
      Object.defineProperty(made, '__esModule', { value: true });
      return () => made;
    }
  };

  function pick(module, ...names) {
    return Object.fromEntries(names.map(name => [name, module[name]]));
  }
})();
